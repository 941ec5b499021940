import { createDatabaseTelemetry, type DatabaseTelemetry } from '../../event-log/mongo'
import { createEventLogTelemetry, type EventLogTelemetry } from '../../event-log'
import type { Log } from '../../platform/log'
import {
  createMetricsRegistry,
  createOperationMetrics,
  type OperationMetrics,
  type Registry,
  type Telemetry,
} from '../../platform/telemetry'
import { createLimitMetrics, type LimitMetrics } from './limitMetrics'
import { createPeerMetrics, type PeerMetrics } from './peerMetrics'
import { createSubscriptionMetrics, type SubscriptionMetrics } from './subscriptionMetrics'
import { createSweeperMetrics, type SweeperMetrics } from './sweeperMetrics'

/** The metrics, traces and slow operations of one subgraph. */
export interface SubgraphTelemetry extends Telemetry {
  /** Not read unless the metrics are served. */
  registry: Registry
  /** Operations that take longer are logged as a warning. */
  slowMs: number
  operations: OperationMetrics
  subscriptions: SubscriptionMetrics
  database: DatabaseTelemetry
  eventLog: EventLogTelemetry
  peers: PeerMetrics
  limits: LimitMetrics
  sweepers: SweeperMetrics
}

/** Registers the metrics of a subgraph. */
export function createSubgraphTelemetry(telemetry: Telemetry, slowMs: number, log: Log): SubgraphTelemetry {
  const { registry, tracer } = telemetry
  // Only instruments on the path of every request are omitted when nothing reads them.
  const ofRareEvents = registry ?? createMetricsRegistry()
  return {
    ...telemetry,
    registry: ofRareEvents,
    slowMs,
    operations: createOperationMetrics(registry),
    subscriptions: createSubscriptionMetrics(ofRareEvents),
    database: createDatabaseTelemetry({ registry, isTracing: tracer !== undefined, slowMs, log }),
    eventLog: createEventLogTelemetry(ofRareEvents, tracer),
    peers: createPeerMetrics(registry),
    limits: createLimitMetrics(ofRareEvents),
    sweepers: createSweeperMetrics(ofRareEvents),
  }
}
