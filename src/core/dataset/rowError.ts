/** Why a row was left out. */
export type RowErrorCode =
  | 'line-too-long'
  | 'invalid-utf8'
  | 'nul-byte'
  | 'not-json'
  | 'not-object'
  | 'duplicate-key'
  | 'missing-field'
  | 'wrong-type'
  | 'empty-text'
  | 'empty-label'
  | 'unknown-label';

/** A row that was left out, and where the fault lies. */
export interface RowError {
  /** 1-based line of the file. */
  line: number;
  /**
   * 1-based position in the line, counted in UTF-16 code units after any byte order mark, as editors count. At most
   * one more than the line's length: a line that ends too early has its fault just after its last character.
   */
  column: number;
  code: RowErrorCode;
  /** One line: what is wrong and, where it is not obvious, what to do. */
  message: string;
}

/** Tells a row error from what the same function returns for a good row. */
export function isRowError(result: object): result is RowError {
  return 'code' in result && 'column' in result;
}

/** A row error as the command line prints it: `path:line:column: message`. */
export function formatRowError(path: string, error: RowError): string {
  return `${path}:${error.line}:${error.column}: ${error.message}`;
}
