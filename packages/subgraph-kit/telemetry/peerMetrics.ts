import { createDurationHistogram, type Registry } from '../../platform/telemetry'

/** Measures requests to other subgraphs. */
export interface PeerMetrics {
  /** @param errorType '' when the peer has responded */
  observeRequest(peer: string, errorType: string, seconds: number): void
}

/** Registers the metrics of requests to other subgraphs. */
export function createPeerMetrics(registry: Registry | undefined): PeerMetrics {
  const findSeries = createDurationHistogram({
    name: 'peer_request_duration_seconds',
    help: 'Duration of queries to other subgraphs, by attempt; error_type is empty when the peer has responded.',
    labelNames: ['peer_service', 'error_type'],
    registry,
  })
  return {
    observeRequest: (peer, errorType, seconds) => findSeries(peer, errorType)(seconds),
  }
}
