import { AggregatorRegistry } from 'prom-client'

/** The metrics of one process at one time (`registry.getMetricsAsJSON()`), which can be sent to another process. */
export type MetricsSnapshot = readonly object[]

/**
 * Returns the metrics of several processes in the text format of Prometheus: sums, unless an instrument has another
 * aggregator.
 */
export const aggregateMetrics = (snapshots: readonly MetricsSnapshot[]): Promise<string> =>
  AggregatorRegistry.aggregate([...snapshots]).metrics()

/**
 * Adds the totals of a process that has ended to those of earlier ones, so that counters and histograms of several
 * processes do not decrease: Prometheus would take that for a restart of all of them, and count everything again.
 * Gauges end with their process.
 */
export function addEndedTotals(ended: MetricsSnapshot, snapshot: MetricsSnapshot): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate([ended, snapshot.filter(hasTotals)]).getMetricsAsJSON()
}

const hasTotals = (metric: object): boolean =>
  'type' in metric && (metric.type === 'counter' || metric.type === 'histogram')
