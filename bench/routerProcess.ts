import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { z } from 'zod'

/** What can be seen of the router's process from outside. */
export interface RouterProcess {
  /** Resident, in MB. */
  readMemoryMb(): number
  /** The heap in use after a full collection, in MB. */
  readHeapMb(): Promise<number>
  close(): void
}

/** Finds the router among the children of a system's process (Linux only), and opens its inspector. */
export async function inspectRouter(systemPid: number): Promise<RouterProcess> {
  const pid = findRouter(systemPid)
  // https://nodejs.org/api/process.html#signal-events: it opens the inspector's port.
  process.kill(pid, 'SIGUSR1')
  const socket = new WebSocket(await inspectorUrl())
  await once(socket, 'open')
  let last = 0

  async function call(method: string): Promise<unknown> {
    const id = ++last
    socket.send(JSON.stringify({ id, method }))
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer]
      const answer = z
        .object({ id: z.number().optional(), result: z.unknown() })
        .parse(JSON.parse(String(data)))
      if (answer.id === id) return answer.result
    }
  }

  return {
    readMemoryMb: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    async readHeapMb() {
      for (let round = 0; round < 3; round++) await call('HeapProfiler.collectGarbage')
      const { usedSize } = z.object({ usedSize: z.number() }).parse(await call('Runtime.getHeapUsage'))
      return usedSize / 2 ** 20
    },
    close: () => socket.close(),
  }
}

function findRouter(parent: number): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const [, parentId] = /\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? []
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      if (Number(parentId) === parent && command.includes('router/index.js')) return Number(entry)
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error('There is no router.')
}

async function inspectorUrl(): Promise<string> {
  const shape = z.tuple([z.object({ webSocketDebuggerUrl: z.string() })])
  for (let tries = 0; ; tries++) {
    try {
      const response = await fetch('http://127.0.0.1:9229/json')
      return shape.parse(await response.json())[0].webSocketDebuggerUrl
    } catch (error) {
      if (tries === 50) throw error
      await wait(100)
    }
  }
}
