import type { HttpResponse } from '../../platform/http/httpClient'
import type { CacheUse } from '../transport/cacheUse'
import type { FetchContext } from '../transport/fetchContext'
import type { Transport } from '../transport/transport'
import type { TransportRequest, TransportResponse } from '../transport/transportRequest'
import { readStorableBody, readStoredBody, receiveResponse, toLatin1, type DataAccess } from './dataAccess'
import type { SubgraphInvalidations } from './subgraphInvalidations'

/** Sends a fetch of root fields, unless its response is in the cache. */
export type SendRootFetch = (
  subgraph: SubgraphInvalidations,
  request: TransportRequest,
  context: FetchContext,
  use: CacheUse,
) => Promise<TransportResponse>

export function createRootFetches(access: DataAccess, transport: Pick<Transport, 'send'>): SendRootFetch {
  async function sendAndStore(
    key: string,
    ...[subgraph, request, context, use]: Parameters<SendRootFetch>
  ): Promise<TransportResponse> {
    const fetch = access.startFetch(subgraph)
    const onResponse = (received: HttpResponse) => receiveResponse(fetch, received)
    const response = await transport.send(subgraph.name, { ...request, onResponse }, context)
    const body = readStorableBody(fetch, response)
    access.store(key, fetch, body, fetch.received?.policy.tagGroups?.flat(), use)
    return response
  }

  return (subgraph, request, context, use) => {
    const key = `${subgraph.name}\n${toLatin1(request.body)}`
    const found = access.find(key, subgraph, use)
    return found && !access.comparesHits
      ? readStoredBody(request, found.body)
      : sendAndStore(key, subgraph, request, context, use)
  }
}
