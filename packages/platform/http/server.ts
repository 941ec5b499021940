import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type Duplex, finished } from 'node:stream'

import { createDrainingServer } from './drainingServer'
import type { Log } from '../log'
import { StartupError } from '../lifecycle'
import type { HttpServerMetrics } from '../telemetry/httpServerMetrics'
import { defaultSlowClientLimits, disconnectSlowClients, type SlowClientLimits } from './slowClients'

/**
 * Handles the requests of one path. Its errors are logged, and the response is status 500.
 *
 * @param search the part of the URL after the path: '' or `?…`
 */
export type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  search: string,
) => Promise<void> | void

/**
 * Takes over the connection of a request for a WebSocket. @param head the data that the client has sent after
 * the request
 */
export type UpgradeHandler = (request: IncomingMessage, stream: Duplex, head: Buffer) => void

/** A listening server. */
export interface RunningServer {
  url: string
  port: number
  /**
   * Keeps serving for this time, and closes each connection after its next response, so that clients reconnect
   * elsewhere.
   */
  drain(durationMs: number): Promise<void>
  /**
   * Stops listening, and resolves when pending requests are complete. A late request on a keep-alive connection
   * gets status 408, and is not handled.
   */
  close(): Promise<void>
}

interface HttpServerOptions {
  host: string
  /** 0 selects a free port. */
  port: number
  /** By path; `*` handles all other paths. */
  routes: Readonly<Record<string, Route>>
  /** By path; without any, requests for a WebSocket are handled as plain requests. */
  upgrades?: Readonly<Record<string, UpgradeHandler>> | undefined
  log: Log
  /** How long pending requests may still take when it closes; default 10,000. */
  graceMs?: number
  slowClientLimits?: SlowClientLimits
  /** Measures the requests and connections. */
  metrics?: HttpServerMetrics | undefined
}

/**
 * Starts to listen for HTTP requests.
 *
 * @throws StartupError when the address is in use or not of this machine
 */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const { host, port, upgrades, metrics, graceMs = 10_000 } = options
  const { slowClientLimits = defaultSlowClientLimits } = options
  const { server, release, drain, close } = createDrainingServer(
    (request, response) => handleRequest(request, response, options),
    graceMs,
  )
  if (upgrades) server.on('upgrade', createUpgradeListener(server, upgrades, release))
  disconnectSlowClients(server, slowClientLimits, metrics?.countSlowClient)
  server.requestTimeout = 60_000
  server.keepAliveTimeout = 65_000
  metrics?.observeConnections(() => countConnections(server))
  await listen(server, host, port)
  const bound = server.address() as AddressInfo
  const shownHost = host.includes(':') ? `[${host}]` : host
  return { url: `http://${shownHost}:${bound.port}`, port: bound.port, drain, close }
}

function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, log, metrics }: HttpServerOptions,
): void {
  const handleError = (error: unknown) => {
    // The client has disconnected before it had sent the whole request.
    if (request.errored === error) return
    log.error({ err: error }, 'A request failed')
    if (response.headersSent) response.destroy()
    else sendText(response, 500, 'Internal server error\n')
  }
  try {
    const handled = runRoute(request, response, routes, metrics)
    if (handled) handled.catch(handleError)
  } catch (error) {
    handleError(error)
  }
}

function runRoute(
  request: IncomingMessage,
  response: ServerResponse,
  routes: HttpServerOptions['routes'],
  metrics: HttpServerMetrics | undefined,
): ReturnType<Route> {
  const { method, url: target = '/' } = request
  // Most requests have a path alone.
  const exact = Object.hasOwn(routes, target) ? routes[target] : undefined
  if (exact) {
    metrics?.startRequest(method, target, response)
    return exact(request, response, '')
  }
  const base = 'http://localhost'
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined
  const path = url && Object.hasOwn(routes, url.pathname) ? url.pathname : '*'
  metrics?.startRequest(method, path, response)
  if (!url) return sendText(response, 400, 'Bad request\n')
  const route = routes[path]
  if (!route) return sendText(response, 404, 'Not found\n')
  return route(request, response, url.search)
}

const countConnections = (server: Server): Promise<number> =>
  new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)))

/**
 * Creates the listener of upgrades. Node emits 'upgrade' for every protocol, HTTP/2 too, and a listener cannot
 * decline: the listener returns other requests to the server without the upgrade headers (RFC 9110, section
 * 7.8: a server may ignore an upgrade).
 */
function createUpgradeListener(
  server: Server,
  upgrades: Readonly<Record<string, UpgradeHandler>>,
  release: (socket: Socket) => void,
): UpgradeHandler {
  return (request, stream, head) => {
    const { method, url = '/', httpVersion, headers, rawHeaders } = request
    const [path = ''] = url.split('?')
    if (headers.upgrade?.toLowerCase() === 'websocket') {
      const upgrade = Object.hasOwn(upgrades, path) ? upgrades[path] : undefined
      stream.on('error', () => stream.destroy())
      release(request.socket)
      if (upgrade) return upgrade(request, stream, head)
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
 * Rejects a request for an upgrade with a status and no body, and closes its connection.
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
        EADDRINUSE: 'another program uses the port',
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

/** The body of a request exceeds its limit. */
export class BodyTooLargeError extends Error {}

/**
 * Reads the body of a request as text.
 *
 * @param maxBytes rejects as soon as they are exceeded
 * @throws BodyTooLargeError
 */
export const readBody = async (request: IncomingMessage, maxBytes: number): Promise<string> =>
  (await readBodyBytes(request, maxBytes)).toString()

/** Reads the body of a request as it was sent. @throws BodyTooLargeError as soon as `maxBytes` are exceeded */
export function readBodyBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return reject(new BodyTooLargeError())
    const chunks: Buffer[] = []
    let size = 0
    const addChunk = (chunk: Buffer) => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= maxBytes) return
      request.off('data', addChunk).pause()
      reject(new BodyTooLargeError())
    }
    request.on('data', addChunk)
    request.on('error', reject)
    request.on('end', () => resolve(concatChunks(chunks, size)))
  })
}

/** Concatenates chunks; returns a single one without copying it. @param size of all chunks, in bytes */
export function concatChunks(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks
  return first && chunks.length === 1 ? first : Buffer.concat(chunks, size)
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, textHeaders(text))
  response.end(text)
}

const textHeaders = (text: string) => ({
  'content-type': 'text/plain; charset=utf-8',
  'content-length': Buffer.byteLength(text),
})

/** How long the rest of a refused request is read and discarded. */
const discardMs = 5_000

/**
 * Responds before the request is complete, and closes the connection. Discards the rest of the request first, for a bounded
 * time: data that arrives at a closed connection resets it, and the client may lose the response (RFC 9112, section 9.6).
 */
export function sendTextAndClose(response: ServerResponse, status: number, text: string): void {
  response.setHeader('connection', 'close')
  response.writeHead(status, textHeaders(text))
  response.write(text)
  const timer = setTimeout(() => response.end(), discardMs)
  finished(response.req.resume(), { writable: false }, () => {
    clearTimeout(timer)
    response.end()
  })
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** `degraded`: it works in part, or its state is not known; `down`: it does not work. */
export type DependencyState = 'ok' | 'degraded' | 'down'

/** Whether a process can serve requests, and the state of everything that it needs, by name. */
export interface Readiness {
  isReady: boolean
  dependencies: Readonly<Record<string, DependencyState>>
}

/**
 * Creates the two health endpoints: live while the process responds, ready while it can serve requests (503 otherwise). A
 * process may be ready while a dependency is down, when it still serves requests without it.
 */
export function createHealthRoutes(
  readReadiness: () => Promise<Readiness> | Readiness,
): Record<string, Route> {
  return {
    '/health/live': (_request, response) => sendJson(response, 200, { status: 'live' }),
    '/health/ready': async (_request, response) => {
      const { isReady, dependencies } = await readReadiness()
      sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', dependencies })
    },
  }
}
