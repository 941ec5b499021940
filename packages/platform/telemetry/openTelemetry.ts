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
  registry: Registry
  /** To be passed to the HTTP server of the process. */
  httpMetrics: HttpServerMetrics
  /** `/metrics`, for the port of the service itself; none in production or with METRICS_PORT. */
  metricsRoutes: Readonly<Record<string, Route>>
  /** Undefined when traces are off. */
  tracer: Tracer | undefined
}

interface TelemetryOptions {
  /** The name of the process, such as `router`. */
  part: string
  config: TelemetryConfig & { HOST: string; NODE_ENV: string }
  log: Log
  onClose: OnClose
}

/**
 * Opens the metrics and traces of a process. To be called first, so that it is closed last, with all spans of the shutdown.
 *
 * @throws StartupError when METRICS_PORT is in use
 */
export async function openTelemetry({ part, config, log, onClose }: TelemetryOptions): Promise<Telemetry> {
  const registry = createMetricsRegistry()
  onClose(registerProcessMetrics(registry))
  const { routes, server } = await openMetricsEndpoint({
    registry,
    host: config.HOST,
    port: config.METRICS_PORT,
    isProduction: config.NODE_ENV === 'production',
    log,
  })
  if (server) onClose(() => server.close())
  const tracer = await openTracer(part, config, log)
  if (tracer) onClose(() => tracer.close())
  return { registry, httpMetrics: createHttpServerMetrics(registry), metricsRoutes: routes, tracer }
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
