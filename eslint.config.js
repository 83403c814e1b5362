import tseslint from 'typescript-eslint'
import reactHooks from 'eslint-plugin-react-hooks'

const TERMINAL = ['stdout', 'stderr'].map((property) => ({
  object: 'process',
  property,
  message: 'Use core/log.ts, or Output of the command line.',
}))

/** An attribute whose text somebody reads. */
const READ = 'JSXAttribute[name.name=/^(alt|aria-label|confirm|detail|empty|heading|hint|label|note|placeholder|text|title)$/]'

/** Tests make what the code must not. */
const TESTS = ['**/*.test.ts']

// Prettier keeps the style; the linter is for mistakes. The layer rules stand in build/layers.cjs.
export default tseslint.config(
  { ignores: ['node_modules', 'out', 'dist', 'docs/.vitepress/{cache,dist}', 'trainer', 'test-results', '**/*.blindfold'] },
  ...tseslint.configs.recommended,
  {
    // What the compiler lets pass and is a mistake all the same: promises that nobody waits for, and values of no known type.
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
    },
  },
  {
    // Matchers such as `expect.anything()` are of any type.
    files: ['test/**', ...TESTS],
    rules: Object.fromEntries(
      ['argument', 'assignment', 'call', 'member-access', 'return'].map((what) => [`@typescript-eslint/no-unsafe-${what}`, 'off']),
    ),
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': ['error', { allow: ['error', 'warn'] }],
      'max-lines': ['error', { max: 480, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // A project folder comes from strangers: src/node/project-folder.ts alone makes paths in it.
    files: ['src/**', 'electron/**'],
    ignores: ['src/node/project-folder.ts', ...TESTS],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          ':matches(CallExpression[callee.name=/^(join|resolve)$/], CallExpression[callee.property.name=/^(join|resolve)$/]) > MemberExpression[object.name=/^(project|session)$/][property.name="path"]',
          ':matches(CallExpression[callee.name=/^(join|resolve)$/], CallExpression[callee.property.name=/^(join|resolve)$/]) > Identifier[name=/^(project|projectPath|projectFolder)$/]',
          ':matches(CallExpression[callee.name=/^(join|resolve)$/], CallExpression[callee.property.name=/^(join|resolve)$/]) > MemberExpression[property.name=/^(dir)$/][object.name=/^(run|scan)$/]',
          'CallExpression[callee.name=/^(join|resolve)$/] > Literal[value=/^(project\\.db.*|lock\\.(db|json).*|media|runs|scans|logs|backups)$/]',
          'CallExpression[callee.object.name="path"][callee.property.name=/^(join|resolve)$/] > Literal[value=/^(project\\.db.*|lock\\.(db|json).*|media|runs|scans|logs|backups)$/]',
        ].map((selector) => ({ selector, message: 'Take paths of a project from src/node/project-folder.ts.' })),
      ],
    },
  },
  {
    files: ['src/**', 'renderer/**', 'electron/**'],
    ignores: ['src/core/format.ts', ...TESTS],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'].map((property) => ({
          property,
          message: 'Write numbers and dates with src/core/format.ts.',
        })),
      ],
    },
  },
  {
    // What the interface says stands in its catalogue, so that a translation is a folder of files.
    files: ['renderer/**'],
    ignores: ['renderer/words/**', 'renderer/vite.config.ts', ...TESTS],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...[
          'JSXText[value=/[A-Za-z]{2}/]',
          `${READ} > Literal[value=/[A-Za-z]{2}/]`,
          `${READ} :not(CallExpression[callee.name=t]) > TemplateLiteral > TemplateElement[value.raw=/[A-Za-z]{2}/]`,
          'JSXExpressionContainer > :matches(Literal, TemplateLiteral > TemplateElement)[value=/[a-z] [a-z]/]',
          'Property[key.name=/^(label|title|detail|hint|message|text|group)$/] > Literal[value=/[A-Za-z]{2}/]',
        ].map((selector) => ({ selector, message: 'Write this in renderer/words.' })),
      ],
    },
  },
  { files: ['build/**', 'test/bench/**'], rules: { 'no-console': 'off' } },
  {
    // What a terminal is sent passes through one of two places, which make it inert.
    files: ['src/**', 'electron/**'],
    ignores: ['src/core/log.ts', 'src/host/cli/output.ts', ...TESTS],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', ...TERMINAL],
    },
  },
  {
    // What the backend starts must not find code in a project or in the folder somebody is in: one place sees to that.
    files: ['src/**'],
    // Node itself, and the system's browser by its whole name.
    ignores: ['src/node/child-process.ts', 'src/scoring/helper.ts', 'src/host/serve/open.ts', ...TESTS],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['node:child_process', 'child_process'].map((name) => ({
            name,
            allowTypeImports: true,
            message: 'Start programs through src/node/child-process.ts.',
          })),
        },
      ],
    },
  },
  {
    files: ['electron/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...TERMINAL,
        { property: 'openExternal', message: 'Nothing of a page or a dataset is handed to the system.' },
      ],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['renderer/**'], ...reactHooks.configs.flat['recommended-latest'] },
)
