import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { freePorts, waitUntil, type createTestWorkspace } from '../../support/processes'

export const processNames = ['users', 'events', 'posts', 'comments', 'router', 'database'] as const
export type ProcessName = (typeof processNames)[number]

/** An empty system, started like `npm start`, whose processes can be killed. */
export interface TestSystem {
  readonly url: string
  /** The port of the router; the subgraphs use the following ones. */
  readonly port: number
  readonly dataDir: string
  /** Kills a process. Resolves when it has restarted and the system is ready. */
  killProcess(part: ProcessName): Promise<void>
}

/** @param environment additional settings */
export async function startTestSystem(
  workspace: ReturnType<typeof createTestWorkspace>,
  environment: Record<string, string> = {},
): Promise<TestSystem> {
  const [port, dataDir] = [await freePorts(), workspace.folder()]
  const program = join(projectRoot, 'dist', 'cli', 'start', 'index.js')
  const system = workspace.run(process.execPath, [program], {
    DATA_DIR: dataDir,
    PORT: String(port),
    DEMO: 'false',
    WRITE_LIMITS: 'false',
    ...environment,
  })
  // Not with SIGKILL: its database would still write while its folder is removed.
  workspace.later(async () => {
    system.child.kill('SIGTERM')
    await system.ended
  })
  await system.waitForOutput(/Agora is up/)
  const base = `http://127.0.0.1:${port}`
  const findPid = (part: ProcessName) => findProcesses(system.child.pid ?? 0).get(part)
  const isReady = async () => (await fetch(`${base}/health/ready`).catch(() => undefined))?.status === 200
  return {
    url: `${base}/graphql`,
    port,
    dataDir,
    async killProcess(part) {
      const pid = findPid(part)
      if (pid === undefined) throw new Error(`The process ${part} was not found.`)
      process.kill(pid, 'SIGKILL')
      await waitUntil(
        `${part} has restarted`,
        async () => ![undefined, pid].includes(findPid(part)) && (await isReady()),
      )
    },
  }
}

/** Returns the process IDs of a system from /proc. */
function findProcesses(system: number): Map<ProcessName, number> {
  const found = new Map<ProcessName, number>()
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(join('/proc', entry, 'stat'), 'utf8')) ?? []
      if (Number(parent) !== system) continue
      const command = readFileSync(join('/proc', entry, 'cmdline'), 'utf8')
      const part = processNames.find((name) =>
        command.includes(name === 'database' ? join('embedded-mongodb', 'host.js') : join(name, 'index.js')),
      )
      if (part) found.set(part, Number(entry))
    } catch {
      // The process has ended.
    }
  }
  return found
}

/** Returns the local ends of the TCP connections to a port of this machine, from /proc. */
export function listConnectionsTo(port: number): string[] {
  const established = '01'
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote = '', state]) => state === established && remote.endsWith(end))
    .map(([, local = '']) => local)
}
