import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { composeSupergraph, CompositionError, readSubgraphSchemas } from './composition'
import { projectRoot } from '../packages/platform/config/projectRoot'

/**
 * Composes subgraphs/<name>/schema.graphql and writes schema/supergraph.graphql and schema/api.graphql. With `--check`
 * it writes nothing, and exits 1 when one of the two is not what it would write. Run it with `npm run schema`.
 */
function main(check: boolean): void {
  const { supergraphSdl, apiSdl } = composeSupergraph(readSubgraphSchemas())
  const stale: string[] = []
  for (const [name, content] of Object.entries({
    'supergraph.graphql': supergraphSdl,
    'api.graphql': apiSdl,
  })) {
    const file = join(projectRoot, 'schema', name)
    if (existsSync(file) && readFileSync(file, 'utf8') === content) continue
    if (check) stale.push(`schema/${name}`)
    else writeFileSync(file, content)
  }
  if (stale.length > 0) {
    console.error(`${stale.join(' and ')}: not what the fragments compose to. Run npm run codegen.`)
    process.exitCode = 1
  }
}

try {
  main(process.argv.includes('--check'))
} catch (error) {
  if (!(error instanceof CompositionError)) throw error
  console.error(`The fragments in subgraphs/*/schema.graphql do not fit together:\n${error.message}`)
  process.exitCode = 1
}
