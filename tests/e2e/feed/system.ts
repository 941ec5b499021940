import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../../packages/platform/config/projectRoot'
import { freePorts, waitUntil, type createTestWorkspace } from '../../support/processes'

export const processNames = ['users', 'events', 'posts', 'comments', 'router', 'database'] as const
export type ProcessName = (typeof processNames)[number]

/** A system as `npm start` starts it, empty, whose parts can be killed. */
export interface TestSystem {
  /** The router's endpoint. */
  readonly url: string
  /** The router's; those of the subgraphs follow it. */
  readonly port: number
  readonly dataDir: string
  /** Kills a part at once. @returns what resolves when another one is there, and the whole system is ready */
  killProcess(part: ProcessName): Promise<void>
}

/** @param environment beside what any such system is told */
export async function startTestSystem(
  workplace: ReturnType<typeof createTestWorkspace>,
  environment: Record<string, string> = {},
): Promise<TestSystem> {
  const [port, dataDir] = [await freePorts(), workplace.folder()]
  const program = join(projectRoot, 'dist', 'cli', 'start', 'index.js')
  const system = workplace.run(process.execPath, [program], {
    DATA_DIR: dataDir,
    PORT: String(port),
    DEMO: 'false',
    WRITE_LIMITS: 'false',
    ...environment,
  })
  // Not by force: its database would still write into its folder while that is removed.
  workplace.later(async () => {
    system.child.kill('SIGTERM')
    await system.ended
  })
  await system.waitForOutput(/Agora is up/)
  const base = `http://127.0.0.1:${port}`
  const pidOf = (part: ProcessName) => partsOf(system.child.pid ?? 0).get(part)
  const isReady = async () => (await fetch(`${base}/health/ready`).catch(() => undefined))?.status === 200
  return {
    url: `${base}/graphql`,
    port,
    dataDir,
    async killProcess(part) {
      const pid = pidOf(part)
      if (pid === undefined) throw new Error(`There is no ${part}.`)
      process.kill(pid, 'SIGKILL')
      await waitUntil(
        `${part} is back`,
        async () => ![undefined, pid].includes(pidOf(part)) && (await isReady()),
        60_000,
      )
    },
  }
}

/** The processes of a system's parts, by the kernel's word. */
function partsOf(system: number): Map<ProcessName, number> {
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
      // It has ended meanwhile.
    }
  }
  return found
}

/** The connections to a port of this machine, by the kernel's word: where each comes from. */
export function connectionsTo(port: number): string[] {
  const established = '01'
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote = '', state]) => state === established && remote.endsWith(end))
    .map(([, local = '']) => local)
}
