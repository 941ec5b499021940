import { StartupError } from '../../platform'
import type { Connection } from './database'

/** The collection that marks a database while a backup is restored into it. It is dropped at the end. */
export const restoreMarkerCollection = 'unfinished_restore'

/** @throws StartupError when the restore of a backup into this database has not been completed */
export async function requireCompleteRestore(connection: Connection): Promise<void> {
  const marker = await connection.collection(restoreMarkerCollection).findOne()
  if (marker === null) return
  throw new StartupError(
    `The database ${connection.name} contains a part of a backup: its restore is running or was interrupted. ` +
      'Wait for it, or run it again: npm run restore -- DIR',
  )
}
