import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { projectRoot } from '../packages/platform'

interface CommandRun {
  seconds: number
}

export interface BenchSystem {
  url: string
  /** Of the supervisor. */
  pid: number
  /** Until the start message. */
  startupSeconds: number
  stop(): Promise<void>
}

/** How a system is started. */
export interface SystemOptions {
  /** The root of another build; by default this one. */
  root?: string
  /** Further settings. */
  environment?: Record<string, string>
}

function spawnProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  root = projectRoot,
) {
  const file = join(root, 'dist', ...program.split('/'))
  return spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Starts a system like `npm start`. */
export async function startBenchSystem(
  dataDir: string,
  port: number,
  { root, environment }: SystemOptions = {},
): Promise<BenchSystem> {
  const startedAt = performance.now()
  const settings = {
    DATA_DIR: dataDir,
    PORT: String(port),
    DEMO: 'false',
    TRUSTED_CLIENTS: '127.0.0.0/8',
    WRITE_LIMITS: 'false',
    ...environment,
  }
  const child = spawnProgram('cli/start/index.js', [], settings, root)
  for await (const line of createInterface(child.stdout)) if (line.startsWith('Agora is up')) break
  if (child.exitCode !== null) throw new Error('The system did not start.')
  child.stdout.resume()
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    pid: child.pid ?? 0,
    startupSeconds: (performance.now() - startedAt) / 1000,
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Imports a data set like `npm run import`. */
export async function runBenchImport(kind: string, folder: string, dataDir: string): Promise<CommandRun> {
  const startedAt = performance.now()
  const child = spawnProgram('cli/import/index.js', [kind, folder], { DATA_DIR: dataDir })
  child.stdout.resume()
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The import of ${folder} ended with ${code}.`)
  return { seconds: (performance.now() - startedAt) / 1000 }
}
