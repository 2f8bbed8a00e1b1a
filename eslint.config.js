import tseslint from 'typescript-eslint';

/** Folders under src/, each with the folders it may import from (itself always). Everything else is an error. */
const mayImport = {
  base: [],
  core: ['base'],
  engine: ['base'],
  store: ['base', 'core'],
  jobs: ['base', 'core', 'engine', 'store'],
  cli: ['base', 'core', 'jobs', 'store'],
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
            { regex: '^vscode$', message: 'Only src/host imports vscode.' },
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.venv/', '.cache/', 'src/engine/kernels/assembly/', '**/*.generated.ts'] },
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
);
