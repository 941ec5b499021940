import { subgraphs, type SubgraphName } from '../../schema/subgraphs'
import { parseOptions, UsageError } from '../command'

export interface MigrateArguments {
  names: readonly SubgraphName[]
  dryRun: boolean
}

const names = subgraphs.map(({ name }) => name)

export const migrateUsage = `Usage: npm run migrate -- [${names.join('] [')}] [--dry-run]

Runs the pending migrations of the named subgraphs, by default of all, and builds their indexes, as their processes do at
the start. The system may be running, also with the version before.

  --dry-run  lists the pending migrations and the number of documents that each would change, and changes nothing

Uses the MongoDB server of MONGODB_URI, or the embedded database in DATA_DIR (default: ./data).
Exit status: 0 up to date, or listed; 1 a migration failed, or a newer version has migrated a database; 2 invalid arguments.`

/**
 * @param args the arguments after the program's name
 * @throws UsageError
 */
export function parseMigrateArguments(args: readonly string[]): MigrateArguments {
  const { values, positionals } = parseOptions(args, { 'dry-run': { type: 'boolean', default: false } })
  const unknown = positionals.filter((argument) => !names.some((name) => name === argument))
  if (unknown.length > 0) throw new UsageError(`Unknown subgraph "${unknown.join(' ')}".`)
  const named = names.filter((name) => positionals.includes(name))
  return { names: named.length > 0 ? named : names, dryRun: values['dry-run'] }
}
