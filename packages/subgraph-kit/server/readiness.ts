import type { ConsumerStatus, EventLog } from '../../event-log'
import { withTimeout } from '../../platform'
import type { DependencyState, Readiness } from '../../platform/http'
import { isReachable, type Connection } from '../mongo/database'
import type { PeerClient } from '../peers/peerClient'

interface Dependencies {
  connection: Connection
  eventLog: EventLog
  /** The subgraphs that it queries. */
  peers?: readonly PeerClient[]
}

/** The check of the readiness must respond in time although the event log does not. */
const eventLogTimeoutMs = 500
/** A consumer that is further behind is not up to date. */
const maxLagSeconds = 60

/**
 * Returns the states of a subgraph's database, event log, consumers and peers. Only the database decides whether the subgraph is
 * ready: events wait in the outbox, projections are eventually consistent, and peers have other data.
 */
export async function readReadiness({ connection, eventLog, peers = [] }: Dependencies): Promise<Readiness> {
  const [isReady, eventLogState, consumers] = await Promise.all([
    isReachable(connection),
    readEventLogState(eventLog),
    eventLog.readConsumerStatus(eventLogTimeoutMs),
  ])
  return {
    isReady,
    dependencies: {
      database: isReady ? 'ok' : 'down',
      eventLog: eventLogState,
      ...Object.fromEntries(peers.map(({ name, state }) => [`peer ${name}`, state])),
      ...Object.fromEntries(consumers.map((each) => [`consumer ${each.consumer}`, toState(each)])),
    },
  }
}

async function readEventLogState(eventLog: EventLog): Promise<DependencyState> {
  try {
    return (await withTimeout(eventLogTimeoutMs, eventLog.isReachable())) ? 'ok' : 'down'
  } catch {
    return 'down'
  }
}

function toState({ state, lag }: ConsumerStatus): DependencyState {
  switch (state) {
    case 'current':
    case 'standby':
      return lag && lag.seconds <= maxLagSeconds ? 'ok' : 'degraded'
    case 'rebuilding':
    case 'stale':
      return 'degraded'
  }
}
