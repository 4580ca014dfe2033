import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

// Names stand in every language as they are.
const WORDS = '/^(?!\\W*(?:SHA-256|sha256|Python|P2N)\\W*$)[^]*[A-Za-z]{2}/';
const SAID = '/^(?:title|alt|placeholder|label|aria-label|aria-roledescription)$/';
const TOLD = '/^(?:message|remediation)$/';
const untranslated = selector => ({
  selector,
  message: "What a person reads goes through JupyterLab's translator: trans.__('…')."
});

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      'lib/**',
      'coverage/**',
      'src/schemas.ts',
      'ui-tests/test-results/**',
      'ui-tests/playwright-report/**'
    ]
  },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: import.meta.dirname }
    },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'interface',
          format: ['PascalCase'],
          custom: { regex: '^I[A-Z]', match: true }
        }
      ],
      // Lumino's signals take the object beside its method.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { args: 'none' }],
      'react-hooks/exhaustive-deps': 'error',
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: 'Text from papers and containers is never interpreted as HTML.'
        },
        untranslated(`JSXText[value=${WORDS}]`),
        ...['', ' > ConditionalExpression', ' > LogicalExpression'].flatMap(within => [
          untranslated(`JSXElement > JSXExpressionContainer${within} > Literal[value=${WORDS}]`),
          untranslated(
            `JSXAttribute[name.name=${SAID}] > JSXExpressionContainer${within} > Literal[value=${WORDS}]`
          )
        ]),
        untranslated(`JSXAttribute[name.name=${SAID}] > Literal[value=${WORDS}]`),
        untranslated(`JSXAttribute[name.name=${SAID}] TemplateElement[value.raw=${WORDS}]`),
        untranslated(`Property[key.name=${TOLD}] > Literal[value=${WORDS}]`),
        untranslated(`Property[key.name=${TOLD}] > TemplateLiteral`),
        untranslated(`NewExpression[callee.name=/^(?:Error|RangeError)$/] > TemplateLiteral`),
        untranslated(`NewExpression[callee.name=Error] > Literal[value=${WORDS}]`)
      ]
    }
  },
  {
    files: ['src/**/__tests__/**'],
    rules: { '@typescript-eslint/require-await': 'off', 'no-restricted-syntax': 'off' }
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly'
      }
    }
  }
);
