import tseslint from 'typescript-eslint'

const outsideWorld = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Take the time from the Clock that was passed in.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from the Clock that was passed in.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Take randomness from the Random that was passed in.',
  },
  {selector: "MemberExpression[property.name='randomUUID']", message: 'Take ids from the Ids that were passed in.'},
  {selector: "CallExpression[callee.name='fetch']", message: 'Go out through base/http.'},
]

// A tenant's handle reaches that tenant's tables only; raw SQL must not lead around it. Only src/store knows of schemas and roles.
const inRawSql = (pattern, message) =>
  [
    "TaggedTemplateExpression[tag.name='sql'] TemplateElement[value.raw=PATTERN]",
    "CallExpression[callee.object.name='sql'] Literal[value=PATTERN]",
    "CallExpression[callee.object.name='sql'] TemplateElement[value.raw=PATTERN]",
  ].map((selector) => ({selector: selector.replace('PATTERN', pattern), message}))
const acrossTenants = [
  ...inRawSql(
    String.raw`/\b(from|join|into|update|only|table|using|truncate)\s+"?\w+"?\s*\.\s*"?\w/i`,
    'Name a table without its schema: the transaction decides whose it is.',
  ),
  ...inRawSql(
    String.raw`/\bsearch_path\b|\bset_config\b|\b(re)?set\s+((local|session)\s+)?(role|session|all)\b/i`,
    'The transaction sets its schema and role. Leave them alone.',
  ),
  {
    selector: "CallExpression[callee.object.name='sql'][callee.property.name=/^(table|id)$/] Literal[value=/\\./]",
    message: 'Name a table without its schema: the transaction decides whose it is.',
  },
  {
    selector: "MemberExpression[property.name='withSchema']",
    message: 'The transaction decides whose tables it sees.',
  },
]

export default tseslint.config(
  {ignores: ['dist/', 'coverage/', 'node_modules/', 'test/fixtures/']},
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({...config, files: ['**/*.ts', '**/*.tsx']})),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      'max-lines': ['error', {max: 400, skipBlankLines: false, skipComments: false}],
      'max-lines-per-function': ['error', {max: 60, skipBlankLines: true, skipComments: true}],
      'max-params': ['error', 4],
      eqeqeq: ['error', 'always', {null: 'ignore'}],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', 'commands/**/*.ts'],
    ignores: ['src/base/**'],
    rules: {'no-restricted-syntax': ['error', ...outsideWorld, ...acrossTenants]},
  },
  {
    files: ['src/store/**/*.ts'],
    rules: {'no-restricted-syntax': ['error', ...outsideWorld]},
  },
  {
    files: ['commands/**/*.ts'],
    rules: {'max-lines': ['error', {max: 100}]},
  },
  {
    files: ['test/**/*.ts', 'test/**/*.tsx', 'scripts/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      // A row of a table of cases is as wide as it has to be.
      'max-params': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
)
