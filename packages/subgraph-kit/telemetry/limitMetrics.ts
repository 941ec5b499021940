import { Counter } from 'prom-client'

import type { RateLimiter } from '../../platform'
import { observeCounter, observeGauge, type Registry } from '../../platform/telemetry'

/** The state of a limit of concurrent work. */
export interface QueueState {
  running: number
  waiting: number
  /** How many were rejected, because too many were waiting. */
  rejected: number
}

/** Measures rate limits, and limits of concurrent work. */
export interface LimitMetrics {
  /** Returns the same limiter, whose refusals are counted. */
  countRefusals(limiter: RateLimiter): RateLimiter
  /** @param read returns the state when the metrics are scraped */
  observeQueue(name: string, read: () => QueueState): void
}

/** Registers the metrics of limits. */
export function createLimitMetrics(registry: Registry): LimitMetrics {
  const refusals = new Counter({
    name: 'rate_limit_refusals_total',
    help: 'Attempts that a rate limit has refused, by the name of the limit.',
    labelNames: ['rate_limit_name'],
    registers: [registry],
  })
  const queues = new Map<string, () => QueueState>()
  observeGauge(
    {
      name: 'work_queue_tasks',
      help: 'Tasks of a limit of concurrent work, by state: running or waiting.',
      labelNames: ['work_queue_name', 'state'],
      registry,
    },
    (report) => {
      for (const [name, read] of queues) {
        const { running, waiting } = read()
        report(running, { work_queue_name: name, state: 'running' })
        report(waiting, { work_queue_name: name, state: 'waiting' })
      }
    },
  )
  observeCounter(
    {
      name: 'work_queue_rejections_total',
      help: 'Tasks that were rejected because too many were waiting.',
      labelNames: ['work_queue_name'],
      registry,
    },
    (report) => {
      for (const [name, read] of queues) report(read().rejected, { work_queue_name: name })
    },
  )
  return {
    countRefusals: (limiter) => ({
      ...limiter,
      async consumeAll(charges) {
        // Prometheus does not see the first refusals of a series that begins with them.
        for (const { limit } of charges) refusals.inc({ rate_limit_name: limit.name }, 0)
        const refusal = await limiter.consumeAll(charges)
        if (refusal) refusals.inc({ rate_limit_name: refusal.limit.name })
        return refusal
      },
    }),
    observeQueue: (name, read) => void queues.set(name, read),
  }
}
