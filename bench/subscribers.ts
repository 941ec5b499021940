import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Many subscribers to one router, over server-sent events, from this process: as little work for each as can be. */
export interface SubscriberPool {
  /** Opens this many more, each with one of these bodies in turn; resolves when all of them are taken. */
  add(count: number, bodies: readonly string[]): Promise<void>
  /** Resolves when every one of them has been sent this text, with the time then. */
  waitUntilAllReceive(text: string): Promise<number>
  /** Ends all. */
  close(): Promise<void>
}

// A listening socket has a bounded line of those that nobody has accepted yet.
const atOnce = 50

/** @param url the router's endpoint */
export function createSubscriberPool(url: string): SubscriberPool {
  const { hostname, port, pathname } = new URL(url)
  const sockets = new Set<Socket>()
  const waiting = new Map<string, { left: number; resolve: (time: number) => void }>()

  function take(chunk: string): void {
    for (const [text, wait] of waiting) {
      if (!chunk.includes(text) || --wait.left > 0) continue
      waiting.delete(text)
      wait.resolve(performance.now())
    }
  }

  async function open(body: string): Promise<void> {
    const socket = connect(Number(port), hostname)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    socket.setEncoding('latin1')
    const head = [
      `POST ${pathname} HTTP/1.1`,
      `host: ${hostname}:${port}`,
      'content-type: application/json',
      'accept: text/event-stream',
      `content-length: ${Buffer.byteLength(body)}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    const [first] = (await once(socket, 'data')) as [string]
    if (!first.startsWith('HTTP/1.1 200') || !first.includes('text/event-stream'))
      throw new Error(`A subscription was answered with\n${first}`)
    socket.on('data', take)
  }

  return {
    async add(count, bodies) {
      let next = 0
      const openSome = async () => {
        for (let index = next++; index < count; index = next++)
          await open(bodies[index % bodies.length] ?? '')
      }
      await Promise.all(Array.from({ length: atOnce }, openSome))
    },
    waitUntilAllReceive: (text) =>
      new Promise((resolve) => waiting.set(text, { left: sockets.size, resolve })),
    async close() {
      const closed = [...sockets].map((socket) => once(socket, 'close'))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
}
