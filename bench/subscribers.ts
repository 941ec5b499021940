import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Many subscribers over server-sent events, with minimal work for each. */
interface SubscriberPool {
  /** Opens subscriptions with each of the bodies in turn. Resolves when all are accepted. */
  add(count: number, bodies: readonly string[]): Promise<void>
  /** Resolves with the time when every subscriber has received a text. */
  waitUntilAllReceive(text: string): Promise<number>
  close(): Promise<void>
}

// The accept queue of a listening socket is bounded.
const maxConcurrentConnects = 50

/** @param url of the router */
export function createSubscriberPool(url: string): SubscriberPool {
  const { hostname, port, pathname } = new URL(url)
  const sockets = new Set<Socket>()
  const waiting = new Map<string, { left: number; resolve: (time: number) => void }>()

  function handleChunk(chunk: string): void {
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
      throw new Error(`A subscription failed with\n${first}`)
    socket.on('data', handleChunk)
  }

  return {
    async add(count, bodies) {
      let next = 0
      const openNext = async () => {
        for (let index = next++; index < count; index = next++)
          await open(bodies[index % bodies.length] ?? '')
      }
      await Promise.all(Array.from({ length: maxConcurrentConnects }, openNext))
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
