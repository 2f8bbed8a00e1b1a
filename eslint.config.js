import tseslint from 'typescript-eslint';

/** Folders under src/, each with the folders it may import from (itself always). Everything else is an error. */
const mayImport = {
  base: [],
  core: ['base'],
  engine: ['base'],
  store: ['base', 'core'],
  jobs: ['base', 'core', 'engine', 'store'],
  protocol: ['base', 'core'],
  cli: ['base', 'core', 'jobs', 'store'],
  worker: ['base', 'core', 'store', 'jobs', 'protocol'],
  host: ['base', 'core', 'store', 'protocol'],
};
const folders = Object.keys(mayImport);

/** The one-way rule of ARCHITECTURE.md: a folder reaches only what lies below it. */
const importDirections = folders.map((folder) => {
  const forbidden = folders.filter((other) => other !== folder && !mayImport[folder].includes(other));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(forbidden.length > 0
              ? [
                  {
                    regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
                    message: `src/${folder} may import only: ${['itself', ...mayImport[folder]].join(', ')}.`,
                  },
                ]
              : []),
            ...(folder === 'engine'
              ? []
              : [{ regex: '^onnxruntime', message: 'Only src/engine talks to ONNX Runtime.' }]),
            ...(folder === 'core' || folder === 'base'
              ? [
                  {
                    regex: '^(node:|fs$|path$|os$|child_process$|crypto$)',
                    message: `src/${folder} is pure: no disk, no processes.`,
                  },
                ]
              : []),
            ...(folder === 'host' ? [] : [{ regex: '^vscode$', message: 'Only src/host imports vscode.' }]),
          ],
        },
      ],
    },
  };
});

/** The front ends know the protocol and what the table shows, without a screen; nothing of Node or VS Code is there. */
const webviewImports = {
  files: ['webview/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '^(\\.\\./)+src/(?!protocol/|core/table/|core/weighting/)',
            message: 'webview may import from src only: protocol, core/table and the types of core/weighting.',
          },
          { regex: '^(vscode$|node:)', message: 'A webview has neither VS Code nor Node.' },
          { regex: '^(\\.\\./)+(test|bench|scripts)/', message: 'webview imports nothing that is not shipped.' },
        ],
      },
    ],
  },
};

export default tseslint.config(
  {
    ignores: [
      ...['dist/', 'node_modules/', '.venv/', '.cache/', 'vsix/', 'test-output/'],
      ...['src/engine/kernels/assembly/', '**/*.generated.ts'],
    ],
  },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-empty': ['error', { allowEmptyCatch: false }],
      eqeqeq: 'error',
    },
  },
  ...importDirections,
  {
    // The one exception. Models are downloaded in the extension host, because only its `fetch` knows the proxy and the
    // certificates of VS Code; the hub's part of the engine has `fetch` passed in and computes nothing.
    files: ['src/host/jobs/download.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(\\.\\./)+(cli|jobs|worker|engine/(?!hub/download\\.ts$))',
              message: 'Of the engine, this file may import hub/download.ts only.',
            },
            { regex: '^onnxruntime', message: 'Only src/engine talks to ONNX Runtime.' },
          ],
        },
      ],
    },
  },
  webviewImports,
);
