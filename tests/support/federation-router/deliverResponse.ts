import type {
  TransportResponse,
  TransportRequest,
} from '../../../packages/federation-router/transport/transportRequest'

/**
 * Delivers the response of an in-memory subgraph like the transport: to the reader of the request, if it has one that
 * accepts the response, and otherwise to the sender.
 */
export function deliverResponse(
  { tryReadResponse }: TransportRequest,
  response: TransportResponse,
): TransportResponse {
  return tryReadResponse?.(Buffer.from(JSON.stringify(response))) ? {} : response
}
