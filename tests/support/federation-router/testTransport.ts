import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAbortHandle, type AbortHandle } from '../../../packages/platform/async/abortHandle'
import type { FetchContext } from '../../../packages/federation-router/transport/fetchContext'
import { transportSettingsShape } from '../../../packages/federation-router/transport/settings'
import { createTransport } from '../../../packages/federation-router/transport/transport'
import type {
  TransportRequest,
  TransportResponse,
} from '../../../packages/federation-router/transport/transportRequest'
import { createCapturedLog } from '../capturedLog'

export type Behaviour = (response: ServerResponse, request: IncomingMessage) => void

/** A subgraph with scripted responses. */
export interface ScriptedSubgraph {
  url: string
  /** Returns the number of complete requests so far, without the probes of the circuit breaker. */
  requestCount(): number
  /** Returns the number of probes of the circuit breaker so far. */
  probeCount(): number
  /** Returns the number of requests that ended without a response. */
  abortedCount(): number
  /** Returns the number of connections so far. */
  connectionCount(): number
  /** Returns the maximum number of concurrent requests. */
  maxConcurrent(): number
  getBody(request: IncomingMessage): string
  /** Sets the behaviour for the following requests. */
  respondWith(behaviour: Behaviour): void
  close(): Promise<void>
}

export const json =
  (value: unknown, status = 200): Behaviour =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

export const validResponse = json({ data: { me: { id: '1' } } })
export const failingResponse = json({}, 503)
export const noResponse: Behaviour = () => {}

export const isProbe = ({ headers }: IncomingMessage): boolean =>
  String(headers['x-request-id']).startsWith('probe-')

/** Combines a behaviour for probes of the circuit breaker with one for other requests. */
export const exceptProbes =
  (probes: Behaviour, others: Behaviour): Behaviour =>
  (response, request) =>
    (isProbe(request) ? probes : others)(response, request)

/** Leaves requests without a response, but the probes of the circuit breaker succeed. */
export const respondToProbesOnly = exceptProbes(validResponse, noResponse)

export async function startScriptedSubgraph(): Promise<ScriptedSubgraph> {
  let behaviour = validResponse
  let [seen, probes, abandoned, connections, underWay, most] = [0, 0, 0, 0, 0, 0]
  const bodies = new WeakMap<IncomingMessage, string>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.once('end', () => {
      bodies.set(request, body)
      if (isProbe(request)) probes++
      else count(response)
      behaviour(response, request)
    })
  })

  function count(response: ServerResponse): void {
    seen++
    most = Math.max(most, ++underWay)
    response.once('close', () => {
      underWay--
      if (!response.writableFinished) abandoned++
    })
  }

  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    requestCount: () => seen,
    probeCount: () => probes,
    abortedCount: () => abandoned,
    connectionCount: () => connections,
    maxConcurrent: () => most,
    getBody: (request) => bodies.get(request) ?? '',
    respondWith: (next) => (behaviour = next),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The result of a fetch: its response, or the extensions of the error that the client receives. */
export type FetchResult = TransportResponse | { failure: unknown }

export interface TestTransport {
  subgraph: ScriptedSubgraph
  /** Sends a request, by default a query; in a new context, unless a complete one is passed. */
  send(request?: Partial<TransportRequest>, context?: Partial<FetchContext>): Promise<FetchResult>
  /** The lines of the log. */
  logged: Record<string, unknown>[]
  close(): Promise<void>
}

export const unavailable = { failure: { code: 'SUBGRAPH_UNAVAILABLE', service: 'tests' } }
export const timedOut = { failure: { code: 'SUBGRAPH_TIMEOUT', service: 'tests' } }

/** Starts a transport to one subgraph, configured by environment variables. */
export async function startTransport(environment: Record<string, string> = {}): Promise<TestTransport> {
  const subgraph = await startScriptedSubgraph()
  const { log, lines: logged } = createCapturedLog('debug')
  const settings = transportSettingsShape.parse(environment)
  const transport = createTransport({ settings: () => settings, log })
  transport.setSubgraphUrls(new Map([['tests', subgraph.url]]))
  return {
    subgraph,
    logged,
    async send(request = {}, context = {}) {
      try {
        const whole: TransportRequest = { body: '{"query":"{ me { id } }"}', kind: 'query', ...request }
        return await transport.send(
          'tests',
          whole,
          isWhole(context) ? context : { ...createTestContext(), ...context },
        )
      } catch (error) {
        return { failure: (error as { extensions: unknown }).extensions }
      }
    },
    close: async () => {
      await transport.close()
      await subgraph.close()
    },
  }
}

const isWhole = (context: Partial<FetchContext>): context is FetchContext => 'requestId' in context

export function createTestContext(): FetchContext {
  return {
    requestId: 'request-1',
    viewerToken: undefined,
    signal: createAbortHandle().signal,
    deadline: performance.now() + 30_000,
  }
}

export function createTestClient(): AbortHandle {
  return createAbortHandle()
}

/** Mocks the monotonic clock, but no timers: performance.now is constant until `pass` is called. */
export function holdClock(): { pass(milliseconds: number): void; release(): void } {
  let now = performance.now()
  const spy = jest.spyOn(performance, 'now').mockImplementation(() => now)
  return { pass: (milliseconds) => void (now += milliseconds), release: () => spy.mockRestore() }
}
