import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultCacheDir, startDatabase } from '../../local/database/startDatabase'
import { projectRoot } from '../../schema/root'
import { sharedDatabase } from './sharedDatabase'

/** Builds what the tests run as processes, and starts the one database of all tests where MONGODB_URI names none. */
export default async function globalSetup(): Promise<void> {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: projectRoot, stdio: 'inherit' })
  if (process.env.MONGODB_URI) return
  const dataDir = mkdtempSync(join(tmpdir(), 'agora-tests-'))
  const cacheDir = defaultCacheDir(process.env)
  const database = await startDatabase({ dataDir, cacheDir, log: (line) => console.log(line) })
  sharedDatabase.started = { database, dataDir }
  process.env.MONGODB_URI = database.uri
}
