import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

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
  /** Returns how many requests the router has logged. */
  countLogLines(): number
  /** Waits until the router has logged so many requests: it writes its lines in batches. */
  waitForLogLines(count: number): Promise<void>
  stop(): Promise<void>
}

/** How a system is started. */
interface SystemOptions {
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
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stderr.pipe(process.stderr)
  return child
}

/** Waits for the message of the start: on standard error, or in earlier builds on standard output. */
async function waitUntilUp(child: ChildProcessByStdio<null, Readable, Readable>): Promise<void> {
  const isUp = await new Promise<boolean>((resolve) => {
    child.once('exit', () => resolve(false))
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => line.startsWith('Agora is up') && resolve(true))
  })
  if (!isUp) throw new Error('The system did not start.')
}

/** Counts the log lines of requests to the router. */
function countRequestLines(stream: Readable): Pick<BenchSystem, 'countLogLines' | 'waitForLogLines'> {
  let count = 0
  const lines = createInterface(stream)
  lines.on('line', (line) => {
    if (line.includes('"part":"router"') && line.includes('"msg":"Request completed"')) count++
  })
  return {
    countLogLines: () => count,
    async waitForLogLines(expected) {
      while (count < expected) await once(lines, 'line', { signal: AbortSignal.timeout(10_000) })
    },
  }
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
  const lines = countRequestLines(child.stdout)
  await waitUntilUp(child)
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    pid: child.pid ?? 0,
    startupSeconds: (performance.now() - startedAt) / 1000,
    ...lines,
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
