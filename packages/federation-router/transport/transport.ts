import type { GraphQLFormattedError } from 'graphql'

import type { Log } from '../../platform/log'
import type { FetchContext } from './fetchContext'
import { createSubgraphError } from './subgraphErrors'
import { readResponse, type ParsedResponse } from './responseParser'
import { createSubgraphClient, type SubgraphClient, type ReceivedResponse } from './subgraphClient'
import type { ReceivedBytes } from './httpRequest'
import { ClientDisconnectedError, NoResponseError, RequestRejectedError } from './errors'
import { PendingFetch, PendingFetches } from './pendingFetches'
import type { TransportSettings } from './settings'
import { createRequestDeduplicator } from './requestDeduplication'

/** One operation for one subgraph. */
export interface TransportRequest {
  /** The whole JSON text of the GraphQL request: query, operationName, variables. */
  body: string | Buffer
  /** A mutation is sent exactly once, and has a timeout of its own. */
  kind: 'query' | 'mutation'
  /** How many representations it has: `_entities` must be a list of as many. */
  entityCount?: number | undefined
  /**
   * Reads a whole answer by itself. False for one that does not fit: that is read as JSON, and checked. Called once for
   * each response, and for that of an equal fetch of the same operation.
   */
  tryReadResponse?: (bytes: Buffer) => boolean
}

/** What a subgraph answered. Its errors are fit for clients; their paths are those that the subgraph gave. */
export interface TransportResponse {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

/** The ways to the subgraphs. */
export interface Transport {
  /** Says where subgraphs are, by their names; may be said again when that changes. */
  setSubgraphUrls(addresses: ReadonlyMap<string, string>): void
  /**
   * Sends an operation to a subgraph. Queries of one context that are equal, and pending at the same time, are sent once.
   *
   * @param service the subgraph's name
   * @returns an answer that nobody else holds; an empty one when the request has read it by itself
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT, QUERY_TOO_COMPLEX as GraphQL errors, and nothing else
   */
  send(service: string, request: TransportRequest, context: FetchContext): Promise<TransportResponse>
  /** Ends what is still under way, too. */
  close(): Promise<void>
}

export interface TransportOptions {
  /** By the subgraph's name. */
  settings: (subgraph: string) => TransportSettings
  log: Log
}

const noBytes = Buffer.alloc(0)

/** Opens nothing before the first operation. */
export function createTransport({ settings, log }: TransportOptions): Transport {
  const channels = new Map<string, SubgraphClient>()
  /** Ways to addresses of before: what is under way on them ends as usual. */
  const retired: SubgraphClient[] = []
  const received: ReceivedBytes = { bytes: 0 }
  const sharing = createRequestDeduplicator<ReceivedResponse>()
  const sharers = new Set<string>()

  function reach(addresses: ReadonlyMap<string, string>): void {
    for (const [name, url] of addresses) {
      const old = channels.get(name)
      if (old?.url === url) continue
      const own = settings(name)
      channels.set(name, createSubgraphClient({ name, url, settings: own, received, log }))
      if (own.DEDUPLICATE_FETCHES) sharers.add(name)
      if (!old) continue
      old.retire()
      retired.push(old)
    }
  }

  async function ask(
    service: string,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<ParsedResponse> {
    const channel = channels.get(service)
    if (!channel) throw new RequestRejectedError('It is in no supergraph')
    if (request.kind === 'mutation') return channel.send(request, context)
    const isShared = sharers.has(service)
    const answer = isShared ? share(channel, service, request, context) : channel.send(request, context)
    const fetch = new PendingFetch(service, request.body, answer)
    const pending = (context.pendingFetches ??= new PendingFetches())
    pending.add(fetch)
    try {
      const received = await answer
      // The promise that had to wait for it is old to the garbage collector, and would keep it for a while.
      if (!isShared && !fetch.isShared) received.httpResponse.bytes = noBytes
      return received
    } finally {
      pending.remove(fetch)
    }
  }

  /** Sends the fetch once for all requests with an equal one (DEDUPLICATE_FETCHES). */
  async function share(
    channel: SubgraphClient,
    service: string,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<ReceivedResponse> {
    const key = `${service}\n${context.viewerToken ?? ''}\n${request.body}`
    let isOwn = false
    const answer = await sharing.run(key, context, (signal) => {
      isOwn = true
      return channel.send(request, { ...context, signal })
    })
    return isOwn
      ? answer
      : { httpResponse: answer.httpResponse, ...readResponse(request, answer.httpResponse) }
  }

  /** Waits for the response to an equal fetch of the same operation, and reads it again. */
  async function follow(equal: PendingFetch, request: TransportRequest): Promise<TransportResponse> {
    equal.isShared = true
    const { httpResponse } = await equal.answer
    return readResponse(request, httpResponse).response
  }

  function noteFailure(error: unknown, service: string, { requestId }: FetchContext): void {
    if (error instanceof ClientDisconnectedError) return
    const details = { service, requestId, err: error }
    // What the circuit does is logged by itself, and there may be very many of these.
    if (error instanceof RequestRejectedError) log.debug(details, 'A subgraph was not asked')
    else log.error(details, 'A subgraph gave no answer')
  }

  return {
    setSubgraphUrls: reach,
    async send(service, request, context) {
      const equal = request.kind === 'query' ? context.pendingFetches?.find(service, request.body) : undefined
      try {
        if (equal) return await follow(equal, request)
        const { response, maskedErrors } = await ask(service, request, context)
        const { requestId } = context
        for (const error of maskedErrors)
          log.error({ service, requestId, error }, "A subgraph's error was masked")
        return response
      } catch (error) {
        // The failure of an equal fetch is logged once, with that one.
        if (!equal) noteFailure(error, service, context)
        if (error instanceof NoResponseError) throw createSubgraphError(error.code, service, error.problem)
        throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
      }
    },
    close: async () => {
      await Promise.all([...retired, ...channels.values()].map((channel) => channel.destroy()))
    },
  }
}
