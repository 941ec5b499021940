import { rmSync } from 'node:fs'
import { sharedDatabase } from './testDatabase'

/** Stops the database that globalSetup started and removes its data. */
export default async function globalTeardown(): Promise<void> {
  const { started } = sharedDatabase
  if (!started) return
  await started.database.close()
  rmSync(started.dataDir, { recursive: true, force: true })
}
