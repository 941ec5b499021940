import { subgraphs, type SubgraphName } from '../../schema/subgraphs'
import { parseOptions, UsageError } from '../command'

export interface RebuildArguments {
  /** The subgraphs whose data is read again. */
  owners: readonly SubgraphName[]
  waitSeconds: number
}

const names = subgraphs.map(({ name }) => name)

export const rebuildUsage = `Usage: npm run projections:rebuild -- [${names.join('] [')}] [--wait SECONDS]

Requests that all consumers of the named subgraphs, by default of all, rebuild their projections from the data of these
subgraphs. The system may be running.

  --wait SECONDS  timeout of the rebuilds (default: 120)

Uses the MongoDB server of MONGODB_URI and the NATS server of EVENT_LOG_URL, or the embedded database in DATA_DIR (default:
./data). Consumers that are not running rebuild at their next start.
Exit status: 0 all rebuilt, or none running; 1 timeout or failure; 2 invalid arguments.`

/**
 * @param args the arguments after the program's name
 * @throws UsageError
 */
export function parseRebuildArguments(args: readonly string[]): RebuildArguments {
  const { values, positionals } = parseOptions(args, { wait: { type: 'string', default: '120' } })
  const unknown = positionals.filter((argument) => !names.some((name) => name === argument))
  if (unknown.length > 0) throw new UsageError(`Unknown subgraph "${unknown.join(' ')}".`)
  if (!/^[1-9]\d{0,4}$/.test(values.wait))
    throw new UsageError(`Invalid --wait "${values.wait}": it must be 1 to 99999 seconds.`)
  const named = names.filter((name) => positionals.includes(name))
  return { owners: named.length > 0 ? named : names, waitSeconds: Number(values.wait) }
}
