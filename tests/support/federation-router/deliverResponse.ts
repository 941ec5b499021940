import type {
  TransportResponse,
  TransportRequest,
} from '../../../packages/federation-router/transport/transportRequest'

/**
 * Hands over what a subgraph in memory has answered as the transport does: to the request, when that reads answers by
 * itself and this one is as it expects; else to whoever sent it.
 */
export function deliverResponse(
  { tryReadResponse }: TransportRequest,
  answer: TransportResponse,
): TransportResponse {
  return tryReadResponse?.(Buffer.from(JSON.stringify(answer))) ? {} : answer
}
