import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { projectRoot } from '../packages/platform/config/projectRoot'

/** A command of the project's that ran to its end. */
export interface CommandRun {
  seconds: number
}

/** A system that is up. */
export interface BenchSystem {
  url: string
  /** Of the process that supervises its parts. */
  pid: number
  /** From the command to the line that says that it is up. */
  startupSeconds: number
  stop(): Promise<void>
}

function node(program: string, args: readonly string[], env: Record<string, string>) {
  const file = join(projectRoot, 'dist', ...program.split('/'))
  return spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Starts everything as `npm start` does, on a data folder and ports of its own. */
export async function startBenchSystem(dataDir: string, port: number): Promise<BenchSystem> {
  const began = performance.now()
  const child = node('cli/start/index.js', [], {
    DATA_DIR: dataDir,
    PORT: String(port),
    DEMO: 'false',
    TRUSTED_CLIENTS: '127.0.0.0/8',
    WRITE_LIMITS: 'false',
  })
  for await (const line of createInterface(child.stdout)) if (line.startsWith('Agora is up')) break
  if (child.exitCode !== null) throw new Error('The system did not start.')
  child.stdout.resume()
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    pid: child.pid ?? 0,
    startupSeconds: (performance.now() - began) / 1000,
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Imports a data set as `npm run import` does. */
export async function runBenchImport(kind: string, folder: string, dataDir: string): Promise<CommandRun> {
  const began = performance.now()
  const child = node('cli/import/index.js', [kind, folder], { DATA_DIR: dataDir })
  child.stdout.resume()
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`The import of ${folder} ended with ${code}.`)
  return { seconds: (performance.now() - began) / 1000 }
}
