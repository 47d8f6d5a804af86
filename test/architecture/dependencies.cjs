// Who may import whom: one line per folder of src/. What is not on its line is an error.
const ground = ['base', 'observability', 'store', 'jobs', 'runtime']
const leaves = ['tenants', 'users', 'contacts', 'messages', 'channels', 'erp']
const stories = ['deploy', 'delivery', 'webhooks', 'hooks', 'conversations', 'campaigns', 'analytics', 'privacy']
const before = (story) => stories.slice(0, stories.indexOf(story))

const may = {
  base: [],
  observability: ['base'],
  store: ['base', 'observability'],
  jobs: ['base', 'observability', 'store'],
  runtime: ['base', 'observability', 'store', 'jobs'],
  ...Object.fromEntries(leaves.map((leaf) => [leaf, ground])),
  flow: ['base'],
  deploy: [...ground, ...leaves, 'flow'],
  delivery: [...ground, ...leaves],
  webhooks: [...ground, ...leaves],
  hooks: [...ground, ...leaves],
  conversations: [...ground, ...leaves, 'flow', 'deploy', 'delivery'],
  campaigns: [...ground, ...leaves, 'delivery', 'conversations'],
  analytics: [...ground, ...leaves, 'flow', ...before('analytics')],
  privacy: [...ground, ...leaves, 'flow', ...before('privacy')],
  operations: [...ground, ...leaves, 'flow', ...stories],
  graphql: [...ground, 'operations'],
  api: [...ground, 'users', 'webhooks', 'operations', 'graphql'],
  realtime: [...ground, 'users', 'operations', 'graphql'],
  cli: ['base', 'observability', 'operations'],
  console: ['base', 'cli', 'operations'],
  sandbox: ['base', 'observability'],
}

// Where each heavy library lives. Everything else reaches it through that folder.
const homes = [
  ['database-drivers', 'pg|better-sqlite3', '^src/store/'],
  ['terminal-screens', 'ink|react', '^src/console/'],
  ['graphql', 'graphql|graphql-ws|dataloader', '^src/(graphql|realtime)/'],
  ['web-framework', 'fastify|@fastify/[^/]+|ws', '^src/(api|realtime|sandbox)/|^src/server\\.ts$'],
  ['command-line-framework', '@oclif/core', '^(commands|src/cli)/'],
]

const rule = (name, from, to) => ({name, severity: 'error', from, to})
const anyOf = (names) => `(${names.join('|')})`

module.exports = {
  forbidden: [
    rule('no-cycles', {}, {circular: true}),
    rule('no-barrels', {}, {path: '^src/.+/index\\.tsx?$'}),
    rule('nothing-unresolved', {}, {couldNotResolve: true}),
    rule(
      'no-development-tools',
      {path: '^(src|commands|bin)/'},
      {dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only']},
    ),
    rule('every-folder-has-a-line', {path: '^src/[^/]+/', pathNot: `^src/${anyOf(Object.keys(may))}/`}, {}),
    ...Object.entries(may).map(([folder, targets]) =>
      rule(
        `${folder}-imports`,
        {path: `^src/${folder}/`},
        {path: '^(src|commands|bin|test)/', pathNot: `^src/${anyOf([folder, ...targets])}/`},
      ),
    ),
    rule(
      'adapters-know-only-their-contract',
      {path: '^src/(channels|erp)/([^/]+)/'},
      {
        path: '^src/',
        pathNot: '^src/(base|observability)/|^src/$1/$2/|^src/$1/(channel|connector|message|errors|reading)\\.ts$',
      },
    ),
    rule('the-sandbox-reads-the-facts-itself', {path: '^src/sandbox/'}, {path: '^src/base/message\\.ts$'}),
    rule(
      'the-server-has-no-screen',
      {path: '^src/server\\.ts$'},
      {path: '^src/(cli|console)/|^src/demo\\.ts$|^commands/'},
    ),
    rule(
      'the-demo-is-a-composition',
      {path: '^src/demo\\.ts$'},
      {path: '^(src|commands)/', pathNot: '^src/(base|runtime|operations|sandbox)/|^src/server\\.ts$'},
    ),
    rule(
      'nobody-imports-compositions',
      {path: '^src/', pathNot: '^src/demo\\.ts$'},
      {path: '^src/(server|demo)\\.ts$'},
    ),
    rule('nobody-imports-commands', {pathNot: '^(test|bin)/'}, {path: '^commands/'}),
    rule(
      'commands-are-thin',
      {path: '^commands/'},
      {path: '^src/', pathNot: '^src/(base|cli|operations|console|sandbox)/|^src/(server|demo)\\.ts$'},
    ),
    rule(
      'heavy-edges-load-on-demand',
      {path: '^commands/'},
      {
        path: '^src/(console/|sandbox/|server\\.ts$|demo\\.ts$)',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    ),
    ...homes.map(([name, libraries, home]) =>
      rule(
        `${name}-have-one-home`,
        {path: '^(src|commands)/', pathNot: home},
        {path: `(^|node_modules/)(${libraries})(/|$)`},
      ),
    ),
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: 'specify',
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types']},
  },
}
