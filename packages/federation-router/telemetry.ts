import { Counter } from 'prom-client'

import {
  cacheChildren,
  createDurationHistogram,
  createOperationMetrics,
  observeCounter,
  observeGauge,
  type OperationMetrics,
  type Registry,
  type Tracer,
} from '../platform/telemetry'

/** How the router is observed. */
export interface RouterTelemetry {
  /** Undefined without metrics. */
  registry?: Registry | undefined
  /** Undefined without traces. */
  tracer?: Tracer | undefined
  /** Operations that take longer are logged as a warning. */
  slowMs: number
}

/** Why a fetch was not sent. */
export type FetchRejection = 'circuit_open' | 'queue_full' | 'unknown_subgraph'

/** The instruments of one subgraph. */
export interface SubgraphMetrics {
  /** Measures one request to the subgraph. @param errorType why it has no usable response; '' when it has one */
  observeRequest(seconds: number, errorType: string): void
  countRetry(): void
  /** Counts a fetch that shares the response of an equal one in progress. */
  countDeduplicated(): void
  countRejected(reason: FetchRejection): void
}

/** The state of the policies of a subgraph. */
export interface SubgraphState {
  name: string
  /** Both are closed: `untried` until the first response, `failing` while some of the last requests have failed. */
  circuit: 'untried' | 'closed' | 'failing' | 'open'
  /** How many times the circuit has opened. */
  openings: number
  fetches: { active: number; max: number; queued: number; maxQueued: number }
}

/** The state of a cache. */
export interface CacheState {
  hits: number
  misses: number
  entries: number
  /** In characters of the documents; undefined for a cache that is limited by entries. */
  size?: number | undefined
}

/** The state that is read when the metrics are scraped. */
interface ObservedRouter {
  caches: Readonly<Record<string, () => CacheState>>
  readSubgraphs(): readonly SubgraphState[]
  countSubscribers(): number
  countUpstreams(): number
  countWebSockets(): number
}

/** The instruments of the router. */
export interface RouterMetrics {
  operations: OperationMetrics
  forSubgraph(name: string): SubgraphMetrics
  /** Measures the work for a document or an operation that is not in the cache. */
  observePlanning(stage: 'validate' | 'plan', seconds: number): void
  /** @param budget the exceeded budget @param scope the owner of the limit */
  countRateLimited(budget: string, scope: 'client' | 'viewer' | 'all'): void
  subscriptions: SubscriptionMetrics
  countReload(outcome: 'success' | 'failure'): void
  /** Registers the metrics that are read from the router. */
  observe(router: ObservedRouter): void
}

/** The instruments of subscriptions. */
export interface SubscriptionMetrics {
  /** Counts a source event of a subgraph. */
  countEvent(subgraph: string): void
  /** Counts the messages that the subscribers of one event receive. */
  countDelivered(subscribers: number): void
  /** Counts a subscriber that has to reload its data, for example `SLOW_READER`. */
  countResync(reason: string): void
  /** Counts a lost connection to a subgraph. */
  countInterruption(subgraph: string): void
}

/** Registers the metrics of a router. docs/observability.md lists them. */
export function createRouterMetrics(registry: Registry): RouterMetrics {
  const registers = [registry]
  const findPlanningSeries = createDurationHistogram({
    name: 'router_planning_duration_seconds',
    help: 'Work for documents (validate) and operations (plan) that are not in the cache.',
    labelNames: ['stage'],
    registry,
  })
  const rateLimited = new Counter({
    name: 'router_rate_limited_requests_total',
    help: 'Requests, subscriptions and WebSockets that exceed a limit.',
    labelNames: ['budget', 'scope'],
    registers,
  })
  const reloads = new Counter({
    name: 'router_supergraph_reloads_total',
    help: 'Hot reloads of the supergraph.',
    labelNames: ['outcome'],
    registers,
  })
  // Prometheus does not see the first events of a series that begins with them.
  for (const outcome of ['success', 'failure']) reloads.inc({ outcome }, 0)
  for (const budget of ['requests', 'subscriptions', 'websockets', 'planning'])
    for (const scope of ['client', 'viewer']) rateLimited.inc({ budget, scope }, 0)
  rateLimited.inc({ budget: 'subscriptions', scope: 'all' }, 0)
  return {
    operations: createOperationMetrics(registry),
    forSubgraph: createSubgraphMetrics(registry),
    observePlanning: (stage, seconds) => findPlanningSeries(stage)(seconds),
    countRateLimited: (budget, scope) => rateLimited.inc({ budget, scope }),
    subscriptions: createSubscriptionMetrics(registry),
    countReload: (outcome) => reloads.inc({ outcome }),
    observe: (router) => observeRouter(registry, router),
  }
}

function createSubgraphMetrics(registry: Registry): (name: string) => SubgraphMetrics {
  const registers = [registry]
  const findSeries = createDurationHistogram({
    name: 'http_client_request_duration_seconds',
    help: 'Requests to subgraphs, each retry by itself.',
    labelNames: ['subgraph', 'error_type'],
    registry,
  })
  const retries = new Counter({
    name: 'router_fetch_retries_total',
    help: 'Requests to subgraphs that were sent again.',
    labelNames: ['subgraph'],
    registers,
  })
  const deduplicated = new Counter({
    name: 'router_fetch_deduplicated_total',
    help: 'Fetches that shared the response of an equal one in progress.',
    labelNames: ['subgraph'],
    registers,
  })
  const rejected = new Counter({
    name: 'router_fetch_rejected_total',
    help: 'Fetches that were not sent: the circuit is open, or too many wait.',
    labelNames: ['subgraph', 'reason'],
    registers,
  })
  return cacheChildren((subgraph) => {
    const observeSuccess = findSeries(subgraph, '')
    const retriesOf = retries.labels({ subgraph })
    const deduplicatedOf = deduplicated.labels({ subgraph })
    retriesOf.inc(0)
    deduplicatedOf.inc(0)
    for (const reason of ['circuit_open', 'queue_full']) rejected.inc({ subgraph, reason }, 0)
    return {
      observeRequest(seconds, errorType) {
        if (errorType === '') observeSuccess(seconds)
        else findSeries(subgraph, errorType)(seconds)
      },
      countRetry: () => retriesOf.inc(),
      countDeduplicated: () => deduplicatedOf.inc(),
      countRejected: (reason) => rejected.inc({ subgraph, reason }),
    }
  })
}

function createSubscriptionMetrics(registry: Registry): SubscriptionMetrics {
  const create = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `router_subscription_${name}_total`, help, labelNames, registers: [registry] })
  const events = create('events', 'Source events of subgraphs.', ['subgraph'])
  const delivered = create('messages', 'Messages for subscribers.', [])
  const resyncs = create('resyncs', 'Subscribers that have to reload their data.', ['reason'])
  const interruptions = create('interruptions', 'Lost connections to subgraphs.', ['subgraph'])
  return {
    countEvent: (subgraph) => events.inc({ subgraph }),
    countDelivered: (subscribers) => delivered.inc(subscribers),
    countResync: (reason) => resyncs.inc({ reason }),
    countInterruption: (subgraph) => interruptions.inc({ subgraph }),
  }
}

function observeRouter(registry: Registry, router: ObservedRouter): void {
  observeCaches(registry, router.caches)
  observeSubgraphs(registry, router.readSubgraphs)
  const gauges: Record<string, [string, () => number]> = {
    router_subscriptions_active: ['Subscriptions of clients.', router.countSubscribers],
    router_subscription_upstreams_active: ['Event streams of subgraphs.', router.countUpstreams],
    router_websockets_active: ['WebSockets of clients.', router.countWebSockets],
  }
  for (const [name, [help, read]] of Object.entries(gauges))
    observeGauge({ name, help, registry }, (report) => report(read()))
}

function observeCaches(registry: Registry, caches: ObservedRouter['caches']): void {
  const entries = Object.entries(caches)
  observeCounter(
    {
      name: 'router_cache_requests_total',
      help: 'Lookups in caches.',
      labelNames: ['cache', 'result'],
      registry,
    },
    (report) => {
      for (const [cache, read] of entries) {
        const { hits, misses } = read()
        report(hits, { cache, result: 'hit' })
        report(misses, { cache, result: 'miss' })
      }
    },
  )
  const gauge = (name: string, help: string, select: (state: CacheState) => number | undefined) =>
    observeGauge({ name, help, labelNames: ['cache'], registry }, (report) => {
      for (const [cache, read] of entries) {
        const value = select(read())
        if (value !== undefined) report(value, { cache })
      }
    })
  gauge('router_cache_entries', 'Entries of caches.', (state) => state.entries)
  gauge('router_cache_characters', 'Characters of the documents in caches.', (state) => state.size)
}

function observeSubgraphs(registry: Registry, readSubgraphs: ObservedRouter['readSubgraphs']): void {
  const labelNames = ['subgraph'] as const
  const gauge = (name: string, help: string, select: (state: SubgraphState) => number, aggregator?: 'max') =>
    observeGauge({ name, help, labelNames, ...(aggregator && { aggregator }), registry }, (report) => {
      for (const state of readSubgraphs()) report(select(state), { subgraph: state.name })
    })
  const isOpen = ({ circuit }: SubgraphState) => (circuit === 'open' ? 1 : 0)
  gauge('router_circuit_breaker_open', 'Whether the circuit breaker is open.', isOpen, 'max')
  gauge('router_fetches_active', 'Fetches in progress.', ({ fetches }) => fetches.active)
  gauge('router_fetches_max', 'Limit of fetches in progress.', ({ fetches }) => fetches.max)
  gauge('router_fetches_queued', 'Fetches that wait.', ({ fetches }) => fetches.queued)
  gauge('router_fetches_max_queued', 'Limit of fetches that wait.', ({ fetches }) => fetches.maxQueued)
  observeCounter(
    {
      name: 'router_circuit_breaker_openings_total',
      help: 'How many times the circuit breaker has opened.',
      labelNames,
      registry,
    },
    (report) => {
      for (const { name, openings } of readSubgraphs()) report(openings, { subgraph: name })
    },
  )
}
