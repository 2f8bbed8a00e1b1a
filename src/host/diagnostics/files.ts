import * as vscode from 'vscode';

/** The documents that the providers are asked about. Not by language: `.ndjson` has none in VS Code. */
export const datasetFiles: vscode.DocumentSelector = {
  scheme: 'file',
  pattern: '**/*.{jsonl,ndjson,JSONL,NDJSON}',
};

/** Whether a document may be a dataset. */
export function isDatasetFile({ uri }: Pick<vscode.TextDocument, 'uri'>): boolean {
  return uri.scheme === 'file' && /\.(jsonl|ndjson)$/i.test(uri.path);
}
