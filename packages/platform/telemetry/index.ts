export { openTelemetry, type Telemetry } from './openTelemetry'
export type { Tracer } from './tracing'
