import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { createDrainingServer } from './drainingServer'
import type { Log } from '../log'
import { StartupError } from '../lifecycle'
import { defaultSlowClientLimits, disconnectSlowClients, type SlowClientLimits } from './slowClients'

/**
 * Answers the requests of one path. What it throws is logged and answered with 500.
 *
 * @param search what follows the path: '' or `?…`
 */
export type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
) => Promise<void> | void

/** Takes over the connection of a request for a WebSocket. @param head what the client has sent after it */
export type UpgradeHandler = (request: IncomingMessage, stream: Duplex, head: Buffer) => void

/** A server that listens. */
export interface RunningServer {
  url: string
  port: number
  /** Keeps serving for a while, and ends each connection with its next response: new ones may go elsewhere. */
  drain(milliseconds: number): Promise<void>
  /**
   * Stops taking connections, lets requests under way finish, then ends. A request that arrives too late on a
   * connection that was kept alive gets status 408, and is not handled.
   */
  close(): Promise<void>
}

export interface HttpServerOptions {
  host: string
  /** 0 takes any port that is free. */
  port: number
  /** By path; `*` takes every path that is not named. */
  routes: Readonly<Record<string, Route>>
  /** By path; without any, what asks for a WebSocket is answered as if it did not. */
  upgrades?: Readonly<Record<string, UpgradeHandler>> | undefined
  log: Log
  /** How long requests under way may still take when it closes; default 10 s. */
  graceMs?: number
  /** Bounds the data that clients leave unread. */
  slowClientLimits?: SlowClientLimits
}

/**
 * Listens for HTTP requests.
 *
 * @throws StartError when the address is taken or not this machine's
 */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const { host, port, routes, upgrades, log, graceMs = 10_000 } = options
  const { slowClientLimits = defaultSlowClientLimits } = options
  const { server, release, drain, close } = createDrainingServer(
    (request, response) => answer(request, response, routes, log),
    graceMs,
  )
  if (upgrades) server.on('upgrade', upgrade(server, upgrades, release))
  disconnectSlowClients(server, slowClientLimits)
  server.requestTimeout = 60_000
  server.keepAliveTimeout = 65_000
  await listen(server, host, port)
  const bound = server.address() as AddressInfo
  const shownHost = host.includes(':') ? `[${host}]` : host
  return { url: `http://${shownHost}:${bound.port}`, port: bound.port, drain, close }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: HttpServerOptions['routes'],
  log: Log,
): void {
  const fail = (error: unknown) => {
    log.error({ err: error }, 'A request could not be answered')
    if (response.headersSent) response.destroy()
    else sendText(response, 500, 'Internal server error\n')
  }
  try {
    const answered = takeRoute(request, response, routes)
    if (answered) answered.catch(fail)
  } catch (error) {
    fail(error)
  }
}

function takeRoute(
  request: IncomingMessage,
  response: ServerResponse,
  routes: HttpServerOptions['routes'],
): ReturnType<Route> {
  const target = request.url ?? '/'
  // Most requests name a path and nothing else.
  const exact = Object.hasOwn(routes, target) ? routes[target] : undefined
  if (exact) return exact(request, response, '')
  const base = 'http://localhost'
  if (!URL.canParse(target, base)) return sendText(response, 400, 'Bad request\n')
  const url = new URL(target, base)
  const route = (Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined) ?? routes['*']
  if (!route) return sendText(response, 404, 'Not found\n')
  return route(request, response, url.search)
}

/**
 * Node hands over whatever asks for an upgrade, to HTTP/2 too, and no 'upgrade' listener can decline: such a request is
 * given back as if it had not asked (RFC 9110, section 7.8: an upgrade may be ignored).
 */
function upgrade(
  server: Server,
  upgrades: Readonly<Record<string, UpgradeHandler>>,
  release: (socket: Socket) => void,
): UpgradeHandler {
  return (request, stream, head) => {
    const { method, url = '/', httpVersion, headers, rawHeaders } = request
    const [path = ''] = url.split('?')
    if (headers.upgrade?.toLowerCase() === 'websocket') {
      const take = Object.hasOwn(upgrades, path) ? upgrades[path] : undefined
      stream.on('error', () => stream.destroy())
      release(request.socket)
      if (take) return take(request, stream, head)
      return rejectUpgrade(stream, '404 Not Found')
    }
    const lines = [`${method} ${url} HTTP/${httpVersion}`]
    for (let index = 0; index < rawHeaders.length; index += 2)
      if (!/^(upgrade|connection|http2-settings)$/i.test(rawHeaders[index] ?? ''))
        lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`)
    stream.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
    server.emit('connection', stream)
  }
}

/**
 * Answers a request for an upgrade with a status and no body, and closes its connection.
 *
 * @param status the code and its reason phrase
 * @param headers further header lines, each with its line end
 */
export function rejectUpgrade(stream: Duplex, status: string, headers = ''): void {
  stream.end(`HTTP/1.1 ${status}\r\n${headers}connection: close\r\ncontent-length: 0\r\n\r\n`, () =>
    stream.destroy(),
  )
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: 'the port is taken by another program',
        EACCES: 'this user may not listen on it',
        EADDRNOTAVAIL: 'the host is not an address of this machine',
      }
      const reason = reasons[error.code ?? ''] ?? error.message
      reject(new StartupError(`Cannot listen on ${host}:${port}: ${reason}.`))
    })
    server.listen(port, host, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

/** The body of a request was larger than its limit. */
export class BodyTooLargeError extends Error {}

/**
 * A request's body as text.
 *
 * @param limit in bytes
 * @throws BodyTooLarge as soon as the limit is passed
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(new BodyTooLargeError())
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      request.off('data', take).pause()
      reject(new BodyTooLargeError())
    }
    request.on('data', take)
    request.on('error', reject)
    request.on('end', () => resolve(concatChunks(chunks, size).toString()))
  })
}

/** One chunk as it is, which nearly every body is; several in one copy. @param size of all, in bytes */
export function concatChunks(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks
  return first && chunks.length === 1 ? first : Buffer.concat(chunks, size)
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/**
 * The two health endpoints: live as long as the process answers; ready while `isReady` says so (503 otherwise).
 */
export function createHealthRoutes(isReady: () => Promise<boolean> | boolean): Record<string, Route> {
  return {
    '/health/live': (_request, response) => sendJson(response, 200, { status: 'live' }),
    '/health/ready': async (_request, response) => {
      const ready = await isReady()
      sendJson(response, ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' })
    },
  }
}
