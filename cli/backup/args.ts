import { resolve } from 'node:path'

import { parseOptions, UsageError } from '../command'

export const backupUsage = `Usage: npm run backup -- DIR

Copies the data of all subgraphs to the folder DIR, which must be empty or not exist. The system may be running.

Uses the MongoDB server of MONGODB_URI, or the embedded database in DATA_DIR (default: ./data).
Exit status: 0 the backup is complete, 1 failure, 2 invalid arguments.`

export const restoreUsage = `Usage: npm run restore -- DIR

Restores the backup in the folder DIR into an empty system, which must not be running. Verifies the backup before it
writes anything.

Uses the MongoDB server of MONGODB_URI, or the embedded database in DATA_DIR (default: ./data).
Exit status: 0 everything is restored, 1 failure, 2 invalid arguments.`

/**
 * Returns the absolute path of the folder that is the only argument.
 * @throws UsageError
 */
export function parseFolderArgument(args: readonly string[]): string {
  const [folder, ...rest] = parseOptions(args, {}).positionals
  if (folder === undefined) throw new UsageError('The folder of the backup is missing.')
  if (rest.length > 0) throw new UsageError(`Unexpected arguments: "${rest.join(' ')}".`)
  return resolve(folder)
}
