import tseslint from 'typescript-eslint'
import reactHooks from 'eslint-plugin-react-hooks'

// Style is kept by review; the linter is for mistakes. The layer rules stand in build/layers.cjs.
export default tseslint.config(
  { ignores: ['node_modules', 'out', 'dist', 'trainer', 'test-results', '**/*.blindfold'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': ['error', { allow: ['error', 'warn'] }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['src/host/cli/**', 'src/host/cli.ts', 'build/**', 'test/bench/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['renderer/**'], ...reactHooks.configs.flat['recommended-latest'] },
)
