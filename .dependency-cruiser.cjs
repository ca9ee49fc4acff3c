// Which code may use which. Every rule says what to do when it fires.
const RESERVED = 'base|platform|config|cli' // every other folder of src is a feature
const FEATURE = `^src/(?!(?:${RESERVED})/)([^/]+)/`
const CONTRACT = '^src/[^/]+/contract[.]ts$'
const TEST = '[.]test[.]ts$'

// The whole feature graph: a feature may use itself, contracts, and the features named here.
const MAY_USE = {
  activity: [],
  backup: ['catalog', 'keys'],
  grants: ['hosts'],
  catalog: [],
  dialects: [],
  discovery: [],
  engines: [],
  hosts: ['engines'],
  keys: [],
  models: ['hosts'],
  options: [],
  relay: ['dialects', 'grants', 'hosts', 'sessions'],
  selftest: [],
  sessions: [],
  status: ['engines', 'grants', 'hosts', 'sessions'],
}

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
const only = (name, comment, from, allowed) =>
  rule(name, comment, { path: from, pathNot: TEST }, { path: '^(src|test)/', pathNot: allowed })
const features = (names) => names.map((name) => `^src/${name}/`)

module.exports = {
  forbidden: [
    rule(
      'no-cycles-even-through-types',
      'Turn one arrow around: pass a function in from app.ts, or emit an event.',
      {},
      { circular: true },
    ),
    rule(
      'no-orphans',
      'Nothing imports this file: use it or delete it.',
      { orphan: true, path: '^src/', pathNot: '[.]d[.]ts$' },
      {},
    ),
    only('base-imports-nothing', 'base is pure; move what needs I/O to platform.', '^src/base/', [
      '^src/base/',
    ]),
    only(
      'contract-imports-base-and-contracts',
      'A contract is read by the console and the CLI: keep it free of code.',
      CONTRACT,
      ['^src/base/', CONTRACT],
    ),
    only('platform-knows-no-feature', 'Pass what the feature knows as an argument.', '^src/platform/', [
      '^src/(base|platform)/',
    ]),
    only(
      'config-imports-base',
      'Configuration reaches a part as the options app.ts hands it.',
      '^src/config/',
      ['^src/(base|config)/'],
    ),
    only(
      'cli-goes-through-the-app',
      'Commands are clients of the API; only serve and offline commands use app.ts.',
      '^src/cli/',
      [
        '^src/(cli|base|config)/',
        '^src/platform/(fetch|log|process)/',
        '^src/(app|offline|data-folder|copy-database|ask-database|backups|finish-restore)[.]ts$',
        CONTRACT,
      ],
    ),
    rule(
      'only-cli-starts-the-app',
      'app.ts stands above everything but the CLI.',
      { path: '^src/.+/', pathNot: ['^src/cli/', TEST] },
      { path: ['^src/[^/]+[.]ts$', '^src/cli/'] },
    ),
    rule(
      'feature-stays-in-its-ring',
      'A feature uses base, platform and other features only.',
      { path: FEATURE, pathNot: TEST },
      { path: '^src/', pathNot: ['^src/$1/', '^src/(base|platform)/', FEATURE] },
    ),
    rule(
      'feature-is-entered-by-its-index',
      'Export it from the feature’s index.ts, or import its contract.ts.',
      { path: `${FEATURE}|^src/[^/]+[.]ts$` },
      { path: FEATURE, pathNot: ['^src/$1/', '^src/[^/]+/(index|contract)[.]ts$'] },
    ),
    rule(
      'inside-a-feature-skip-the-index',
      'Import the file itself.',
      { path: '^src/([^/]+)/(?!index[.]ts)', pathNot: '^src/platform/' },
      { path: '^src/$1/index[.]ts$' },
    ),
    ...Object.entries(MAY_USE).map(([feature, uses]) =>
      rule(
        `feature-graph-${feature}`,
        'Add the arrow to MAY_USE only if it can never point back.',
        { path: `^src/${feature}/`, pathNot: TEST },
        { path: FEATURE, pathNot: [...features([feature, ...uses]), CONTRACT] },
      ),
    ),
    rule(
      'feature-not-in-the-table',
      'A new feature gets a row in MAY_USE.',
      { path: FEATURE, pathNot: features(Object.keys(MAY_USE)) },
      { path: '^src/' },
    ),
    rule(
      'cross-folder-uses-hash',
      'Import across folders as #folder/file, so that a crossing shows in the line.',
      { path: '^src/([^/]+)/' },
      {
        path: '^src/',
        pathNot: '^src/$1/',
        dependencyTypesNot: ['aliased-subpath-import', 'aliased-tsconfig-paths'],
      },
    ),
    rule(
      'src-never-imports-tests',
      'Fakes live in test/ and stay there.',
      { path: '^src/', pathNot: TEST },
      { path: '^test/' },
    ),
    rule(
      'sqlite-lives-in-platform-db',
      'Go through platform/db.',
      { path: '^src/', pathNot: ['^src/platform/(db|process)/', TEST] },
      { path: '^(node:)?sqlite$' },
    ),
    rule(
      'pg-lives-in-platform-db',
      'Go through platform/db.',
      { path: '^src/', pathNot: ['^src/platform/db/', TEST] },
      { path: 'node_modules/pg/' },
    ),
    rule(
      'llama-lives-in-engines',
      'The embedded engine is the one place that loads native model code.',
      { path: '^src/', pathNot: '^src/engines/' },
      { path: 'node-llama-cpp' },
    ),
    rule(
      'undici-lives-in-platform-fetch',
      'Outbound HTTP passes one policy hook: go through platform/fetch.',
      { path: '^src/', pathNot: ['^src/platform/fetch/', TEST] },
      { path: 'undici' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['development', 'import', 'require', 'node', 'default'],
    },
    cache: { folder: '.cache/dependency-cruiser', strategy: 'content' },
  },
}
