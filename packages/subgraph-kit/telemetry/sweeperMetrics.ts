import { Counter, Gauge } from 'prom-client'

import type { Registry } from '../../platform/telemetry'

/** Measures jobs that delete expired documents. */
export interface SweeperMetrics {
  countSuccess(sweeper: string): void
  countFailure(sweeper: string): void
}

/** Registers the metrics of sweepers. */
export function createSweeperMetrics(registry: Registry): SweeperMetrics {
  const failures = new Counter({
    name: 'sweeper_failures_total',
    help: 'Deletions of expired documents that failed; the next one retries.',
    labelNames: ['sweeper_name'],
    registers: [registry],
  })
  const succeededAt = new Gauge({
    name: 'sweeper_last_success_timestamp_seconds',
    help: 'When expired documents were last deleted, in seconds since 1970.',
    labelNames: ['sweeper_name'],
    registers: [registry],
  })
  return {
    countSuccess: (sweeper) => succeededAt.labels(sweeper).setToCurrentTime(),
    countFailure: (sweeper) => failures.labels(sweeper).inc(),
  }
}
