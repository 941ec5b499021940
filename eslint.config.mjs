import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const environment = [
  "MemberExpression[object.name='process'][property.name='env']",
  "MemberExpression[object.name='process'][property.value='env']",
  "VariableDeclarator[init.name='process'] > ObjectPattern > Property[key.name='env']",
]

/** Files that create timestamps, or compare with those of others (expiry of tokens, times of files). */
const wallClockFiles = [
  'client/src/sessionManager.ts',
  'client/src/cookieSession.ts',
  'router/explorer/session.ts',
  'cli/embedded-mongodb/private-glibc/privateGlibc.ts',
  'packages/auth/accessTokenVerifier.ts',
  'packages/federation-router/identity/authenticator.ts',
  'packages/federation-router/identity/tokenWatcher.ts',
  'schema/ids.ts',
  'packages/auth/viewerToken.ts',
]

/** The rules for TypeScript. tests/architecture checks the direction of imports. */
export default defineConfig(
  {
    ignores: [
      '**/node_modules/',
      '**/dist/',
      'data/',
      '**/__generated__/',
      'client/generated/',
      'bench/gateways/',
      'examples/',
      'tests/client/consumer/',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Rules that need types, and find promises that are not awaited.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-console': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'Date',
          property: 'now',
          message:
            'The wall clock may jump: measure durations, deadlines and intervals with performance.now(). For timestamps and the expiry of tokens, add the file to wallClockFiles in eslint.config.mjs.',
        },
      ],
      'no-restricted-syntax': [
        'error',
        ...environment.map((selector) => ({
          selector,
          message:
            'Only packages/platform/config/environment.ts reads the environment: pass settings from a config.ts.',
        })),
      ],
    },
  },
  {
    files: ['packages/platform/config/environment.ts', 'tests/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: [...wallClockFiles, 'tests/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
)
