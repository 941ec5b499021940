import type { SubgraphAnswer, TransportRequest } from '../../../router/transport/transport'

/**
 * Hands over what a subgraph in memory has answered as the transport does: to the request, when that reads answers by
 * itself and this one is as it expects; else to whoever sent it.
 */
export function handOver({ read }: TransportRequest, answer: SubgraphAnswer): SubgraphAnswer {
  return read?.(Buffer.from(JSON.stringify(answer))) ? {} : answer
}
