import { parseArgs } from 'node:util'

import { subgraphs, type SubgraphName } from '../../packages/platform/config/subgraphs'
import { UsageError } from '../command'

export interface RebuildArguments {
  /** Whose data are to be taken anew. */
  owners: readonly SubgraphName[]
  /** How long to wait until they are. */
  waitSeconds: number
}

const names = subgraphs.map(({ name }) => name)

export const rebuildUsage = `Usage: npm run projections:rebuild -- [${names.join('] [')}] [--wait SECONDS]

Has every subgraph that keeps copies or counts of what these own, or follows what becomes of it, take everything anew
from them while the system runs; without a name, from all.

  --wait SECONDS  how long to wait until they have (120)

It asks where MONGODB_URI and EVENT_LOG_URL say, else on the embedded database of DATA_DIR (./data). What does not run does so
at its next start.
Exit code: 0 all have, or nothing runs, 1 not all have in time or it failed, 2 called wrong.`

/**
 * @param words what follows the program's name
 * @throws UsageError
 */
export function parseRebuildArguments(words: readonly string[]): RebuildArguments {
  const { values, positionals } = parse(words)
  const unknown = positionals.filter((word) => !names.some((name) => name === word))
  if (unknown.length > 0) throw new UsageError(`There is no subgraph "${unknown.join(' ')}".`)
  if (!/^[1-9]\d{0,4}$/.test(values.wait))
    throw new UsageError(`"${values.wait}" is no whole number of seconds.`)
  const named = names.filter((name) => positionals.includes(name))
  return { owners: named.length > 0 ? named : names, waitSeconds: Number(values.wait) }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { wait: { type: 'string', default: '120' } },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
