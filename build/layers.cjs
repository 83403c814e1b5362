/** Who may import whom. One rule per layer: everything that is not listed is forbidden. */
const { builtinModules } = require('node:module')

const NODE_BUILTIN = `^(node:.*|${builtinModules.join('|')})$`

/** Tests lie beside what they test and import what they need. */
const TEST = '[.]test[.]ts$'

/** A rule that lets files under `from` reach only paths that match one of `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST },
  to: { pathNot: allowed },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    only('core-is-pure', '^src/core', ['^src/core'], 'core imports nothing: no Node, no DOM, no package'),
    only(
      'contract',
      '^src/contract',
      ['^src/contract', '^src/core', 'node_modules/(zod|@orpc/contract)/', '^(zod|@orpc/contract)$'],
      'contract: core and zod',
    ),
    only(
      'protocols',
      '^src/protocols',
      ['^src/(protocols|contract|core)', 'node_modules/zod/', '^zod$'],
      'protocols: core, zod, and the schemas of values that the interface sees too',
    ),
    only(
      'node',
      '^src/node',
      ['^src/(node|core)', 'node_modules/sharp/', '^sharp$', NODE_BUILTIN],
      'node: files, images and processes, on core alone',
    ),
    only(
      'formats',
      '^src/formats',
      ['^src/(formats|core|node|contract)', 'node_modules/', NODE_BUILTIN],
      'formats: core, node, contract types',
    ),
    only('db', '^src/db', ['^src/(db|core|node|protocols|contract)', 'node_modules/', NODE_BUILTIN], 'db: core and contract types'),
    only(
      'migrations-are-frozen',
      '^src/db/migrations/[0-9]',
      ['^src/db/migrations/migration'],
      'a migration owns its SQL and imports nothing',
    ),
    only(
      'proxies',
      '^src/proxies',
      ['^src/(proxies|core|protocols|contract)', 'node_modules/', NODE_BUILTIN],
      'proxies: core and contract types',
    ),
    only(
      'scoring',
      '^src/scoring',
      ['^src/(scoring|core|node|protocols|contract|proxies)', 'node_modules/', NODE_BUILTIN],
      'scoring: core, node, protocols, proxies',
    ),
    only('models', '^src/models', ['^src/(models|core|node|contract)', 'node_modules/', NODE_BUILTIN], 'models: core and contract types'),
    only(
      'jobs',
      '^src/jobs',
      ['^src/(jobs|core|node|protocols|contract|db|formats|models|proxies)', '^src/scoring/client', 'node_modules/', NODE_BUILTIN],
      'jobs: db client, core, contract, formats; the scoring process through its client',
    ),
    only(
      'report-html',
      '^src/services/report/html',
      ['^src/services/report/html', '^src/(core|contract)'],
      'a page is a pure function of the report',
    ),
    only(
      'services',
      '^src/services',
      ['^src/(services|core|node|protocols|contract|formats|db|models|proxies|scoring|jobs)', 'node_modules/', NODE_BUILTIN],
      'services: everything below the host',
    ),
    only('host', '^src/host', ['^src/', 'node_modules/', NODE_BUILTIN], 'host: everything in src'),
    only(
      'electron',
      '^electron',
      ['^electron', '^src/(protocols|contract|core|node)', 'node_modules/', NODE_BUILTIN, '^electron$'],
      'the shell starts the host by path and holds no domain logic',
    ),
    only(
      'renderer',
      '^renderer',
      ['^renderer', '^src/(protocols/shell|contract|core)', 'node_modules/(?!electron)'],
      'the interface knows nothing of Node',
    ),
    {
      name: 'sql-only-in-db',
      severity: 'error',
      from: { pathNot: `^(src/db|test|build)|${TEST}` },
      to: { path: 'better-sqlite3' },
    },
    {
      name: 'onnx-only-in-scoring',
      severity: 'error',
      from: { pathNot: `^(src/scoring|test|build)|${TEST}` },
      to: { path: 'onnxruntime-node' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'] },
  },
}
