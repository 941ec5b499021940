import { Counter, Histogram } from 'prom-client'
import type { ServerResponse } from 'node:http'

import { durationBuckets, observeGauge, type Registry } from './metrics'

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
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP requests, without streams of events.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: durationBuckets,
    registers: [registry],
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
  const children = new Map<string, Histogram.Internal<string>>()

  function findChild(method: string, route: string, status: number): Histogram.Internal<string> {
    const key = `${method} ${route} ${status}`
    const cached = children.get(key)
    if (cached) return cached
    const child = duration.labels({
      http_request_method: method,
      http_route: route,
      http_response_status_code: String(status),
    })
    children.set(key, child)
    return child
  }

  return {
    countSlowClient: () => slowClients.inc(),
    startRequest(method = '', route, response) {
      const startMs = performance.now()
      active++
      response.once('close', () => {
        active--
        const type = response.getHeader('content-type')
        if (typeof type === 'string' && streamTypes.test(type)) return
        // 499, as nginx has it: the client has disconnected before the response was complete.
        const status = response.writableFinished ? response.statusCode : 499
        const known = methods.has(method) ? method : '_OTHER'
        findChild(known, route, status).observe((performance.now() - startMs) / 1000)
      })
    },
    observeConnections(count) {
      observeGauge(
        { name: 'http_server_open_connections', help: 'Open connections, WebSockets included.', registry },
        async (report) => report(await count()),
      )
    },
  }
}
