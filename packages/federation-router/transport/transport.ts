import { parseJson } from '../../platform'
import type { ReceivedBytes } from '../../platform/http/httpClient'
import type { Log } from '../../platform/log'
import type { RouterMetrics, SubgraphState } from '../telemetry'
import { ClientDisconnectedError, NoResponseError, RequestRejectedError } from './errors'
import type { FetchContext } from './fetchContext'
import type { LocalOperation, LocalSubgraph, LocalSubgraphs } from './localSubgraph'
import type { HeaderRules } from './headerRules'
import { PendingFetch, PendingFetches } from './pendingFetches'
import { createRequestDeduplicator } from './requestDeduplication'
import { readResponse, type ParsedResponse, type ReceivedResponse } from './responseParser'
import type { TransportSettings } from './settings'
import { createSubgraphClient, type SubgraphClient } from './subgraphClient'
import { createSubgraphError } from './subgraphErrors'
import type { TransportRequest, TransportResponse } from './transportRequest'

/** Sends operations to the subgraphs. */
export interface Transport {
  /** Sets the URLs of the subgraphs, by their names. Requests in progress continue at the previous URLs. */
  setSubgraphUrls(urls: ReadonlyMap<string, string>): void
  /**
   * Sends an operation to a subgraph. Equal simultaneous queries of one context are sent once.
   *
   * @param service the name of the subgraph
   * @returns a response of the caller's own; an empty one when `tryReadResponse` has read it
   * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT, QUERY_TOO_COMPLEX as GraphQL errors, and nothing else
   */
  send(service: string, request: TransportRequest, context: FetchContext): Promise<TransportResponse>
  /** Returns the state of each subgraph. */
  readSubgraphs(): SubgraphState[]
  /** Ends requests in progress, and closes the connections. */
  close(): Promise<void>
}

interface TransportOptions {
  /** Returns the settings of a subgraph. */
  settings: (subgraph: string) => TransportSettings
  localSubgraphs?: LocalSubgraphs | undefined
  headerRules?: HeaderRules | undefined
  metrics?: Pick<RouterMetrics, 'forSubgraph'> | undefined
  log: Log
}

const noBytes = Buffer.alloc(0)

/** Creates a transport that connects to a subgraph with the first request to it. */
export function createTransport(options: TransportOptions): Transport {
  const { settings, localSubgraphs, headerRules, metrics, log } = options
  const clients = new Map<string, SubgraphClient>()
  const local = new Map<string, LocalSubgraph>()
  /** The clients of previous URLs. */
  const retired: SubgraphClient[] = []
  const received: ReceivedBytes = { bytes: 0 }
  const deduplicator = createRequestDeduplicator<ReceivedResponse>()
  /** The subgraphs with DEDUPLICATE_FETCHES. */
  const deduplicated = new Set<string>()

  async function sendNew(
    service: string,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<ReceivedResponse> {
    const client = clients.get(service)
    if (!client)
      throw new RequestRejectedError('unknown_subgraph', 'The supergraph does not contain this subgraph')
    if (request.kind === 'mutation') return client.send(request, context)
    // A client that must see its own writes must not share a fetch that was started before them.
    const isDeduplicated = deduplicated.has(service) && context.cacheUse?.earliestStarts === undefined
    const response = isDeduplicated
      ? sendDeduplicated(client, service, request, context)
      : client.send(request, context)
    const fetch = new PendingFetch(service, request.body, response)
    const pending = (context.pendingFetches ??= new PendingFetches())
    pending.add(fetch)
    try {
      const result = await response
      // The promise is in the old generation of the garbage collector by now, and would retain the bytes for a while.
      if (!isDeduplicated && !fetch.isShared) result.httpResponse.bytes = noBytes
      return result
    } finally {
      pending.remove(fetch)
    }
  }

  /** Sends a query once for all operations of a viewer with an equal one (DEDUPLICATE_FETCHES). */
  async function sendDeduplicated(
    client: SubgraphClient,
    service: string,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<ReceivedResponse> {
    const headers = context.clientHeaders ? JSON.stringify(context.clientHeaders) : ''
    const key = `${service}\n${context.viewerToken ?? ''}\n${headers}\n${request.body}`
    let isFirst = false
    const result = await deduplicator.run(key, context, (signal) => {
      isFirst = true
      return client.send(request, { ...context, signal })
    })
    if (isFirst) return result
    metrics?.forSubgraph(service).countDeduplicated()
    const { httpResponse } = result
    return { httpResponse, ...readResponse(request, httpResponse) }
  }

  /** Waits for the response to an equal query of the same operation, and parses it again. */
  async function readShared(fetch: PendingFetch, request: TransportRequest): Promise<ReceivedResponse> {
    fetch.isShared = true
    metrics?.forSubgraph(fetch.service).countDeduplicated()
    const { httpResponse } = await fetch.response
    return { httpResponse, ...readResponse(request, httpResponse) }
  }

  function logMaskedErrors(
    { maskedErrors }: ParsedResponse,
    service: string,
    { requestId }: FetchContext,
  ): void {
    for (const error of maskedErrors)
      log.error({ service, requestId, error }, 'An error of a subgraph was masked')
  }

  /** Executes an operation of a local subgraph. */
  async function executeLocally(
    subgraph: LocalSubgraph,
    service: string,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<TransportResponse> {
    const timing = context.fetchTimings?.start(service, request, false)
    const { query, variables } = parseJson(request.body.toString()) as LocalOperation
    const result = await subgraph.execute({ query, variables }, (owner, lookup) =>
      send(owner, lookup, context),
    )
    timing?.end(200)
    const received = readResponse(request, { status: 200, bytes: Buffer.from(JSON.stringify(result)) })
    logMaskedErrors(received, service, context)
    return received.response
  }

  function logFailure(error: unknown, service: string, { requestId }: FetchContext): void {
    if (error instanceof ClientDisconnectedError) return
    const details = { service, requestId, err: error }
    if (!(error instanceof RequestRejectedError)) return log.error(details, 'A subgraph did not respond')
    metrics?.forSubgraph(service).countRejected(error.reason)
    // Rejections may be very many, and the circuit breaker logs its own state.
    log.debug(details, 'A request to a subgraph was rejected')
  }

  async function send(
    service: string,
    request: TransportRequest,
    context: FetchContext,
  ): Promise<TransportResponse> {
    const subgraph = local.get(service)
    if (subgraph) return executeLocally(subgraph, service, request, context)
    context.fetchCount = (context.fetchCount ?? 0) + 1
    const equal = request.kind === 'query' ? context.pendingFetches?.find(service, request.body) : undefined
    const timing = context.fetchTimings?.start(service, request, equal !== undefined)
    try {
      const received = await (equal ? readShared(equal, request) : sendNew(service, request, context))
      timing?.end(received.httpResponse.status)
      // Those of a shared response are logged by the caller that sent the request.
      if (!equal) logMaskedErrors(received, service, context)
      return received.response
    } catch (error) {
      timing?.end(undefined, error instanceof NoResponseError ? error.code : 'SUBGRAPH_UNAVAILABLE')
      // The failure of a shared request is logged once, by the caller that sent it.
      if (!equal) logFailure(error, service, context)
      if (error instanceof NoResponseError) throw createSubgraphError(error.code, service, error.problem)
      throw createSubgraphError('SUBGRAPH_UNAVAILABLE', service)
    }
  }

  return {
    setSubgraphUrls(urls) {
      for (const name of headerRules?.subgraphs ?? [])
        if (!urls.has(name)) log.warn({ subgraph: name }, 'The header rules name an unknown subgraph')
      for (const [name, url] of urls) {
        const subgraph = localSubgraphs?.get(url)
        if (subgraph) {
          local.set(name, subgraph)
          continue
        }
        local.delete(name)
        const previous = clients.get(name)
        if (previous?.url === url) continue
        const ownSettings = settings(name)
        const own = { settings: ownSettings, metrics: metrics?.forSubgraph(name) }
        clients.set(name, createSubgraphClient({ name, url, received, headerRules, log, ...own }))
        if (ownSettings.DEDUPLICATE_FETCHES) deduplicated.add(name)
        if (!previous) continue
        previous.retire()
        retired.push(previous)
      }
    },
    send,
    readSubgraphs: () => [...clients.values()].map((client) => client.readState()),
    async close() {
      await Promise.all([...retired, ...clients.values()].map((client) => client.destroy()))
    },
  }
}
