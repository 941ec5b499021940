import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { z } from 'zod'

/** The memory of the router process. */
interface RouterProcess {
  /** Returns the resident memory. */
  readMemoryMb(): number
  /** Returns the used heap after a full garbage collection. */
  readHeapMb(): Promise<number>
  close(): void
}

/** Finds the router among the children of a system (Linux only), and opens its inspector. */
export async function inspectRouter(systemPid: number): Promise<RouterProcess> {
  const pid = findRouter(systemPid)
  // Opens the inspector port: https://nodejs.org/api/process.html#signal-events
  process.kill(pid, 'SIGUSR1')
  const socket = new WebSocket(await fetchInspectorUrl())
  await once(socket, 'open')
  let lastId = 0

  async function call(method: string): Promise<unknown> {
    const id = ++lastId
    socket.send(JSON.stringify({ id, method }))
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer]
      const message = z
        .object({ id: z.number().optional(), result: z.unknown() })
        .parse(JSON.parse(String(data)))
      if (message.id === id) return message.result
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
  const [pid] = findPrograms(parent, 'router/index.js')
  if (pid === undefined) throw new Error('The router process was not found.')
  return pid
}

/** Returns the children of a process whose command contains a text (Linux only). */
export function findPrograms(parent: number, program: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const [, parentId] = /\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? []
        const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8')
        return Number(parentId) === parent && command.includes(program)
      } catch {
        // The process has ended.
        return false
      }
    })
    .map(Number)
}

async function fetchInspectorUrl(): Promise<string> {
  const shape = z.tuple([z.object({ webSocketDebuggerUrl: z.string() })])
  for (let attempts = 0; ; attempts++) {
    try {
      const response = await fetch('http://127.0.0.1:9229/json')
      return shape.parse(await response.json())[0].webSocketDebuggerUrl
    } catch (error) {
      if (attempts === 50) throw error
      await wait(100)
    }
  }
}
