import { Counter } from 'prom-client'

import { observeGauge, type Registry } from '../../platform/telemetry'

/** The state of the stream of one subgraph. */
export interface StreamState {
  subgraph: string
  isCurrent: boolean
  lagMs: number
}

/** The instruments of the cache of the subgraphs' data. */
export interface CacheMetrics {
  countInvalidations(subgraph: string, tags: number): void
  /** Counts how often all data of a subgraph was invalidated. */
  countReset(subgraph: string): void
  /** Counts data that differed from fresh data (CACHE=shadow). */
  countDifference(subgraph: string): void
  observeStreams(read: () => readonly StreamState[]): void
}

/** Registers the metrics. docs/observability.md lists them. */
export function createCacheMetrics(registry: Registry): CacheMetrics {
  const createCounter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: ['subgraph'], registers: [registry] })
  const invalidations = createCounter('router_cache_invalidations_total', 'Tags that were invalidated.')
  const resets = createCounter(
    'router_cache_resets_total',
    'How often all data of a subgraph was invalidated, since tags may have been missed.',
  )
  const differences = createCounter(
    'router_cache_differences_total',
    'Data that differed from fresh data (CACHE=shadow).',
  )
  const observe = (
    name: string,
    help: string,
    read: () => readonly StreamState[],
    select: (state: StreamState) => number,
  ) =>
    observeGauge({ name, help, labelNames: ['subgraph'], registry }, (report) => {
      for (const state of read()) report(select(state), { subgraph: state.subgraph })
    })
  return {
    countInvalidations: (subgraph, tags) => invalidations.inc({ subgraph }, tags),
    countReset: (subgraph) => resets.inc({ subgraph }),
    countDifference: (subgraph) => differences.inc({ subgraph }),
    observeStreams(read) {
      observe(
        'router_cache_stream_current',
        'Whether all invalidations older than 3 s are known; otherwise data with tags is not cached.',
        read,
        ({ isCurrent }) => (isCurrent ? 1 : 0),
      )
      observe(
        'router_cache_stream_lag_seconds',
        'Time since the stream of invalidations was last current.',
        read,
        ({ lagMs }) => lagMs / 1000,
      )
    },
  }
}
