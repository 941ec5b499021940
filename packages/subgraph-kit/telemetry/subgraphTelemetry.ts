import { createDatabaseTelemetry, type DatabaseTelemetry } from '../../event-log/mongo'
import { createEventLogTelemetry, type EventLogTelemetry } from '../../event-log'
import type { Log } from '../../platform/log'
import { createOperationMetrics, type OperationMetrics, type Telemetry } from '../../platform/telemetry'
import { createLimitMetrics, type LimitMetrics } from './limitMetrics'
import { createPeerMetrics, type PeerMetrics } from './peerMetrics'
import { createSubscriptionMetrics, type SubscriptionMetrics } from './subscriptionMetrics'
import { createSweeperMetrics, type SweeperMetrics } from './sweeperMetrics'

/** The metrics, traces and slow operations of one subgraph. */
export interface SubgraphTelemetry extends Telemetry {
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
  return {
    ...telemetry,
    slowMs,
    operations: createOperationMetrics(registry),
    subscriptions: createSubscriptionMetrics(registry),
    database: createDatabaseTelemetry({ registry, slowMs, log }),
    eventLog: createEventLogTelemetry(registry, tracer),
    peers: createPeerMetrics(registry),
    limits: createLimitMetrics(registry),
    sweepers: createSweeperMetrics(registry),
  }
}
