export { cacheChildren } from './boundedNames'
export { createDurationHistogram } from './durationHistogram'
export { addEndedTotals, aggregateMetrics, type MetricsSnapshot } from './aggregatedMetrics'
export type { HttpServerMetrics } from './httpServerMetrics'
export { createMetricsRegistry, observeCounter, observeGauge, type Registry } from './metrics'
export { openMetrics, openTelemetry, type Telemetry } from './openTelemetry'
export { describeOperation, toOperationFields, type OperationFields } from './operationFields'
export {
  createOperationMetrics,
  type OperationInstruments,
  type OperationMetrics,
  type OperationType,
} from './operationMetrics'
export { traceparentHeader, type SpanAttributes, type TraceSpan, type Tracer } from './tracing'
