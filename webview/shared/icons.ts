/**
 * VS Code's own icons (`@vscode/codicons`) as inline pictures: no font to fetch, so none that flashes in late, and the
 * content security policy needs no `font-src`.
 */
import arrowDown from '@vscode/codicons/src/icons/arrow-down.svg' with { type: 'text' };
import arrowRight from '@vscode/codicons/src/icons/arrow-right.svg' with { type: 'text' };
import arrowUp from '@vscode/codicons/src/icons/arrow-up.svg' with { type: 'text' };
import beaker from '@vscode/codicons/src/icons/beaker.svg' with { type: 'text' };
import check from '@vscode/codicons/src/icons/check.svg' with { type: 'text' };
import chevronDown from '@vscode/codicons/src/icons/chevron-down.svg' with { type: 'text' };
import chevronRight from '@vscode/codicons/src/icons/chevron-right.svg' with { type: 'text' };
import close from '@vscode/codicons/src/icons/close.svg' with { type: 'text' };
import cloudDownload from '@vscode/codicons/src/icons/cloud-download.svg' with { type: 'text' };
import copy from '@vscode/codicons/src/icons/copy.svg' with { type: 'text' };
import database from '@vscode/codicons/src/icons/database.svg' with { type: 'text' };
import discard from '@vscode/codicons/src/icons/discard.svg' with { type: 'text' };
import edit from '@vscode/codicons/src/icons/edit.svg' with { type: 'text' };
import ellipsis from '@vscode/codicons/src/icons/ellipsis.svg' with { type: 'text' };
import error from '@vscode/codicons/src/icons/error.svg' with { type: 'text' };
import eye from '@vscode/codicons/src/icons/eye.svg' with { type: 'text' };
import files from '@vscode/codicons/src/icons/files.svg' with { type: 'text' };
import folderOpened from '@vscode/codicons/src/icons/folder-opened.svg' with { type: 'text' };
import goToFile from '@vscode/codicons/src/icons/go-to-file.svg' with { type: 'text' };
import history from '@vscode/codicons/src/icons/history.svg' with { type: 'text' };
import info from '@vscode/codicons/src/icons/info.svg' with { type: 'text' };
import layoutPanel from '@vscode/codicons/src/icons/layout-panel.svg' with { type: 'text' };
import layoutSidebarRight from '@vscode/codicons/src/icons/layout-sidebar-right.svg' with { type: 'text' };
import lightbulb from '@vscode/codicons/src/icons/lightbulb.svg' with { type: 'text' };
import lock from '@vscode/codicons/src/icons/lock.svg' with { type: 'text' };
import pass from '@vscode/codicons/src/icons/pass.svg' with { type: 'text' };
import pinned from '@vscode/codicons/src/icons/pinned.svg' with { type: 'text' };
import question from '@vscode/codicons/src/icons/question.svg' with { type: 'text' };
import save from '@vscode/codicons/src/icons/save.svg' with { type: 'text' };
import search from '@vscode/codicons/src/icons/search.svg' with { type: 'text' };
import settings from '@vscode/codicons/src/icons/settings.svg' with { type: 'text' };
import sparkle from '@vscode/codicons/src/icons/sparkle-filled.svg' with { type: 'text' };
import stopCircle from '@vscode/codicons/src/icons/stop-circle.svg' with { type: 'text' };
import sync from '@vscode/codicons/src/icons/sync.svg' with { type: 'text' };
import trash from '@vscode/codicons/src/icons/trash.svg' with { type: 'text' };
import warning from '@vscode/codicons/src/icons/warning.svg' with { type: 'text' };
import listSelection from '@vscode/codicons/src/icons/list-selection.svg' with { type: 'text' };
import move from '@vscode/codicons/src/icons/move.svg' with { type: 'text' };
import screenFull from '@vscode/codicons/src/icons/screen-full.svg' with { type: 'text' };
import zoomIn from '@vscode/codicons/src/icons/zoom-in.svg' with { type: 'text' };
import zoomOut from '@vscode/codicons/src/icons/zoom-out.svg' with { type: 'text' };
import eyeClosed from '@vscode/codicons/src/icons/eye-closed.svg' with { type: 'text' };
import listOrdered from '@vscode/codicons/src/icons/list-ordered.svg' with { type: 'text' };

const sources = {
  'arrow-down': arrowDown,
  'arrow-right': arrowRight,
  'arrow-up': arrowUp,
  beaker,
  check,
  'chevron-down': chevronDown,
  'chevron-right': chevronRight,
  close,
  'cloud-download': cloudDownload,
  copy,
  database,
  discard,
  edit,
  ellipsis,
  error,
  eye,
  'eye-closed': eyeClosed,
  files,
  'folder-opened': folderOpened,
  'go-to-file': goToFile,
  history,
  info,
  'layout-panel': layoutPanel,
  'layout-sidebar-right': layoutSidebarRight,
  lightbulb,
  'list-ordered': listOrdered,
  'list-selection': listSelection,
  lock,
  move,
  pass,
  pinned,
  question,
  save,
  'screen-full': screenFull,
  search,
  settings,
  sparkle,
  'stop-circle': stopCircle,
  sync,
  trash,
  warning,
  'zoom-in': zoomIn,
  'zoom-out': zoomOut,
} as const;

export type IconName = keyof typeof sources;

const parsed = new Map<IconName, SVGElement>();

/** An icon in the colour of the text around it; hidden from screen readers, for what it means stands beside it. */
export function icon(name: IconName, className?: string): SVGElement {
  let picture = parsed.get(name);
  if (picture === undefined) {
    const root = new DOMParser().parseFromString(sources[name], 'image/svg+xml').documentElement;
    picture = document.importNode(root, true) as unknown as SVGElement;
    picture.setAttribute('aria-hidden', 'true');
    parsed.set(name, picture);
  }
  const own = picture.cloneNode(true) as SVGElement;
  own.setAttribute('class', className === undefined ? 'icon' : `icon ${className}`);
  return own;
}
