import { Counter } from 'prom-client'
import type { ServerResponse } from 'node:http'

import { createDurationHistogram } from './durationHistogram'
import { observeGauge, type Registry } from './metrics'

/** The metrics of the HTTP server of a process. */
export interface HttpServerMetrics {
  /**
   * Counts a request from now on, and its duration when the response is complete. Streams of events are not measured: they last
   * as long as their client wants.
   *
   * @param route the path of the handler; `*` for the handler of all other paths
   */
  startRequest(method: string | undefined, route: string, response: ServerResponse): void
  /** Counts a connection that was closed because its client did not read. */
  countSlowClient(): void
  /** Sets the function that counts the open connections. */
  observeConnections(count: () => Promise<number>): void
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const streamTypes = /^(text\/event-stream|multipart\/mixed)/

/** Registers the metrics of an HTTP server (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/). */
export function createHttpServerMetrics(registry: Registry): HttpServerMetrics {
  const findSeries = createDurationHistogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests, without streams of events.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    registry,
  })
  const slowClients = new Counter({
    name: 'http_server_slow_clients_disconnected_total',
    help: 'Connections that were closed because their clients did not read.',
    registers: [registry],
  })
  let active = 0
  observeGauge(
    { name: 'http_server_active_requests', help: 'HTTP requests in progress, streams included.', registry },
    (report) => report(active),
  )

  return {
    startRequest(method = '', route, response) {
      const startMs = performance.now()
      active++
      response.on('close', () => {
        active--
        const type = response.getHeader('content-type')
        if (typeof type === 'string' && streamTypes.test(type)) return
        // 499, as nginx has it: the client has disconnected before the response was complete.
        const status = response.writableFinished ? response.statusCode : 499
        const known = methods.has(method) ? method : '_OTHER'
        findSeries(known, route, String(status))((performance.now() - startMs) / 1000)
      })
    },
    countSlowClient: () => slowClients.inc(),
    observeConnections(count) {
      observeGauge(
        { name: 'http_server_open_connections', help: 'Open connections, WebSockets included.', registry },
        async (report) => report(await count()),
      )
    },
  }
}
