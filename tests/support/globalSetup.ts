import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveCacheDir, startEmbeddedMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { sharedDatabase } from './testDatabase'

/** Builds the programs that tests run, and starts the database of all tests unless MONGODB_URI is set. */
export default async function globalSetup(): Promise<void> {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: projectRoot, stdio: 'inherit' })
  if (process.env.MONGODB_URI) return
  const dataDir = mkdtempSync(join(tmpdir(), 'agora-tests-'))
  const cacheDir = resolveCacheDir(process.env)
  const database = await startEmbeddedMongodb({ dataDir, cacheDir, log: (line) => console.log(line) })
  sharedDatabase.started = { database, dataDir }
  process.env.MONGODB_URI = database.uri
}
