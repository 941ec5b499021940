import type { Log } from '../log'
import { startHttpServer, type Route, type RunningServer } from '../http/server'
import { Registry } from './metrics'

/** Creates the route that returns the metrics in the text format of Prometheus. */
function createMetricsRoute(readMetrics: () => Promise<string>): Route {
  return async (_request, response) => {
    const text = await readMetrics()
    response.writeHead(200, {
      'content-type': Registry.PROMETHEUS_CONTENT_TYPE,
      'content-length': Buffer.byteLength(text),
    })
    response.end(text)
  }
}

interface MetricsEndpointOptions {
  /** Returns the metrics in the text format of Prometheus. */
  readMetrics(): Promise<string>
  /** The address to listen on. */
  host: string
  /** METRICS_PORT; 0 selects a free port. */
  port: number | undefined
  log: Log
}

/** Where the metrics of a process are. */
interface MetricsEndpoint {
  /** The routes to be added to those of the service. */
  routes: Readonly<Record<string, Route>>
  /** The server of METRICS_PORT; undefined without one. */
  server: RunningServer | undefined
}

/**
 * Serves `/metrics` on its own port, or returns the route for the port of the service.
 *
 * @throws StartupError when the port is in use
 */
export async function openMetricsEndpoint({
  readMetrics,
  host,
  port,
  log,
}: MetricsEndpointOptions): Promise<MetricsEndpoint> {
  const routes = { '/metrics': createMetricsRoute(readMetrics) }
  if (port === undefined) return { routes, server: undefined }
  const server = await startHttpServer({ host, port, routes, log })
  log.info({ url: `${server.url}/metrics` }, 'Serving metrics')
  return { routes: {}, server }
}
