import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { composeSupergraph, CompositionError, readSubgraphSchemas } from './composition'
import { projectRoot } from '../packages/platform'

/**
 * `npm run schema`: composes subgraphs/<name>/schema.graphql into schema/supergraph.graphql and schema/api.graphql. With
 * `--check` it writes nothing, and exits with status 1 when one of them is stale.
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
    console.error(`Stale: ${stale.join(', ')}. Run npm run codegen.`)
    process.exitCode = 1
  }
}

try {
  main(process.argv.includes('--check'))
} catch (error) {
  if (!(error instanceof CompositionError)) throw error
  console.error(`The schemas in subgraphs/*/schema.graphql cannot be composed:\n${error.message}`)
  process.exitCode = 1
}
