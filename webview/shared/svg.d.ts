/** A picture as the text of its file: imported `with { type: 'text' }`. */
declare module '*.svg' {
  const text: string;
  export default text;
}
/** Bundled into the stylesheet beside the script. */
declare module '*.css';
