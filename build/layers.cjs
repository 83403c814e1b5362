/** Who may import whom. One rule per layer: everything that is not listed is forbidden. */
const { builtinModules } = require('node:module')

const NODE_BUILTIN = `^(node:.*|${builtinModules.join('|')})$`

/** A rule that lets files under `from` reach only paths that match one of `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: allowed },
})

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    only('core-is-pure', '^src/core', ['^src/core'], 'core imports nothing: no Node, no DOM, no package'),
    only(
      'contract',
      '^src/contract',
      ['^src/contract', '^src/core', 'node_modules/(zod|@orpc/contract)/', '^(zod|@orpc/contract)$'],
      'contract: core and zod',
    ),
    only('node', '^src/node', ['^src/node', '^src/core', NODE_BUILTIN], 'node: helpers for files and processes, on core alone'),
    only('pictures', '^src/pictures', ['^src/pictures', '^src/core', 'node_modules/', NODE_BUILTIN], 'pictures: core'),
    only(
      'formats',
      '^src/formats',
      ['^src/formats', '^src/core', '^src/node', '^src/contract', '^src/pictures', 'node_modules/', NODE_BUILTIN],
      'formats: core, contract types, pictures',
    ),
    only(
      'db',
      '^src/db',
      ['^src/db', '^src/core', '^src/node', '^src/contract', 'node_modules/', NODE_BUILTIN],
      'db: core and contract types',
    ),
    only(
      'migrations-are-frozen',
      '^src/db/migrations/[0-9]',
      ['^src/db/migrations/migration'],
      'a migration owns its SQL and imports nothing',
    ),
    only(
      'proxies',
      '^src/proxies',
      ['^src/proxies', '^src/core', '^src/contract', 'node_modules/', NODE_BUILTIN],
      'proxies: core and contract types',
    ),
    only(
      'scoring',
      '^src/scoring',
      ['^src/scoring', '^src/core', '^src/node', '^src/contract', '^src/proxies', '^src/pictures', 'node_modules/', NODE_BUILTIN],
      'scoring: core, contract, proxies, pictures',
    ),
    only(
      'models',
      '^src/models',
      ['^src/models', '^src/core', '^src/node', '^src/contract', 'node_modules/', NODE_BUILTIN],
      'models: core and contract types',
    ),
    only(
      'jobs',
      '^src/jobs',
      [
        '^src/jobs',
        '^src/core',
        '^src/node',
        '^src/contract',
        '^src/db',
        '^src/formats',
        '^src/models',
        '^src/proxies',
        '^src/scoring/client',
        'node_modules/',
        NODE_BUILTIN,
      ],
      'jobs: db client, core, contract, formats; the scoring process through its client',
    ),
    only('report-html', '^src/report-html', ['^src/report-html', '^src/core', '^src/contract'], 'a page is a pure function of the report'),
    only(
      'services',
      '^src/services',
      ['^src/(services|core|node|contract|pictures|formats|db|models|proxies|report-html|scoring|jobs)', 'node_modules/', NODE_BUILTIN],
      'services: everything below the host',
    ),
    only('host', '^src/host', ['^src/', 'node_modules/', NODE_BUILTIN], 'host: everything in src'),
    only(
      'electron',
      '^electron',
      ['^electron', '^src/contract', '^src/core', '^src/node', 'node_modules/', NODE_BUILTIN, '^electron$'],
      'the shell starts the host by path and holds no domain logic',
    ),
    only(
      'renderer',
      '^renderer',
      ['^renderer', '^src/contract', '^src/core', 'node_modules/(?!electron)'],
      'the interface knows nothing of Node',
    ),
    {
      name: 'sql-only-in-db',
      severity: 'error',
      from: { pathNot: '^(src/db|test|build)' },
      to: { path: 'better-sqlite3' },
    },
    {
      name: 'onnx-only-in-scoring',
      severity: 'error',
      from: { pathNot: '^(src/scoring|test|build)' },
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
