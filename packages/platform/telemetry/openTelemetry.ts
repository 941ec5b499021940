import type { OnClose } from '../lifecycle'
import type { Log } from '../log'
import type { Route } from '../http/server'
import { createHttpServerMetrics, type HttpServerMetrics } from './httpServerMetrics'
import { createMetricsRegistry, type Registry } from './metrics'
import { openMetricsEndpoint } from './metricsRoute'
import { registerProcessMetrics } from './processMetrics'
import type { TelemetryConfig } from './settings'
import type { Tracer } from './tracing'

/** The metrics and traces of one process. */
export interface Telemetry {
  /** Undefined when the metrics are not served: then nothing is measured for them. */
  registry: Registry | undefined
  /** To be passed to the HTTP server of the process. */
  httpMetrics: HttpServerMetrics | undefined
  /** `/metrics`, for the port of the service itself; none in production or with METRICS_PORT. */
  metricsRoutes: Readonly<Record<string, Route>>
  /** Undefined when traces are off. */
  tracer: Tracer | undefined
}

interface TelemetryOptions {
  /** The name of the process, such as `router`. */
  part: string
  config: TelemetryConfig & { HOST: string; NODE_ENV: string }
  /** Returns the metrics of all workers of a part in the text format of Prometheus. Default: those of this process. */
  readMetrics?: (() => Promise<string>) | undefined
  /** Whether another process serves METRICS_PORT. */
  isWorker?: boolean
  log: Log
  onClose: OnClose
}

/**
 * Opens the metrics and traces of a process. To be called first, so that it is closed last, with all spans of the shutdown.
 *
 * @throws StartupError when METRICS_PORT is in use
 */
export async function openTelemetry({ part, ...options }: TelemetryOptions): Promise<Telemetry> {
  const { config, log, onClose } = options
  const metrics = await openMetrics(options)
  const tracer = await openTracer(part, config, log)
  if (tracer) onClose(() => tracer.close())
  return { ...metrics, tracer }
}

/**
 * Opens the metrics of a process.
 *
 * @throws StartupError when METRICS_PORT is in use
 */
export async function openMetrics({
  config: { NODE_ENV, HOST: host, METRICS_PORT: port },
  readMetrics,
  isWorker = false,
  log,
  onClose,
}: Omit<TelemetryOptions, 'part'>): Promise<Omit<Telemetry, 'tracer'>> {
  // In production, the metrics have a port of their own or none: clients of the service must not read them.
  if (port === undefined && NODE_ENV === 'production')
    return { registry: undefined, httpMetrics: undefined, metricsRoutes: {} }
  const registry = createMetricsRegistry()
  onClose(registerProcessMetrics(registry))
  const metrics = { registry, httpMetrics: createHttpServerMetrics(registry) }
  if (isWorker && port !== undefined) return { ...metrics, metricsRoutes: {} }
  const { routes, server } = await openMetricsEndpoint({
    readMetrics: readMetrics ?? (() => registry.metrics()),
    host,
    port,
    log,
  })
  if (server) onClose(() => server.close())
  return { ...metrics, metricsRoutes: routes }
}

async function openTracer(part: string, config: TelemetryConfig, log: Log) {
  if (config.OTEL_SDK_DISABLED || !exportsTraces(config)) return undefined
  // Imported when it is selected: the SDK takes time and memory.
  const { createOtlpTracer } = await import('./otlpTracer')
  return createOtlpTracer(part, config, log)
}

const exportsTraces = ({
  OTEL_TRACES_EXPORTER: exporter,
  OTEL_EXPORTER_OTLP_ENDPOINT: base,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole,
}: TelemetryConfig): boolean =>
  exporter === undefined ? base !== undefined || whole !== undefined : exporter === 'otlp'
