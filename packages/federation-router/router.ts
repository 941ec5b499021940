import { OperationTypeNode } from 'graphql'
import type { IncomingMessage } from 'node:http'

import { requestIdHeader, resolveRequestId } from '../platform'
import { createHealthRoutes, receiveBody, sendText, type DependencyState, type Route } from '../platform/http'
import { traceparentHeader } from '../platform/telemetry'
import type { PlannedOperation } from './executors/executor'
import { createAuthenticator } from './identity/authenticator'
import type { Router, RouterOptions } from './options'
import { jsonMediaType, negotiateMediaType, prefersHtml } from './request/contentNegotiation'
import { createRouterContext, type RouterContext, type UnidentifiedRequest } from './request/context'
import { toGraphqlErrors } from './request/errorResponse'
import {
  createNotAcceptableError,
  createStreamRequiredError,
  readParameters,
  requireMethod,
  requirePreflight,
  type OperationRequest,
} from './request/graphqlRequest'
import { createPageRoutes, sendHtml } from './request/landingPage'
import { selectIncrementalFormat, sendIncrementalResponse } from './request/incrementalResponse'
import { readPositions } from './request/clientCaching'
import type { RequestRecord } from './request/requestRecord'
import { sendResponse } from './request/response'
import { toDependencyStates } from './readiness'
import { createReloadQueue } from './reloadQueue'
import { createRouterParts } from './routerParts'
import type { ServedSupergraph } from './servedSupergraph'
import type { MessageFraming } from './subscriptions/messages'
import type { OperationOutcome } from './subscriptions/operationOutcome'
import { readLastEventIdExtension } from './subscriptions/resumePosition'
import { selectFraming, sendStreamResponse } from './subscriptions/streamResponse'
import { createSubscriptionKey, type ValidatedSubscription } from './subscriptions/subscriptionHub'
import { createWebSocketEndpoint } from './subscriptions/webSocketEndpoint'
import type { TrustedDocuments } from './trusted-documents/trustedDocuments'

/** An operation of a client, over any protocol. */
interface IncomingOperation extends OperationRequest {
  /**
   * Identifies the client.
   *
   * @throws UNAUTHENTICATED, RATE_LIMITED, SUBGRAPH_UNAVAILABLE as GraphQL errors
   */
  createContext(): RouterContext | Promise<RouterContext>
  /** How events are resumed; undefined when the client cannot receive events. */
  stream: Pick<MessageFraming, 'readResumePosition'> | undefined
  record: RequestRecord
}

/**
 * Creates a router for any supergraph, which need not have any subgraph running.
 *
 * An operation passes these stages: receive (HTTP or WebSocket), identify, prepare, plan, execute, respond.
 *
 * @throws StartupError for a supergraph that cannot be served
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const { introspection, landingPage, headerRules, log, maxBodyBytes, requestTimeoutMs } = options
  const parts = createRouterParts(options)
  const { budgets, metrics, recorder, requests, persistedQueries, subscriptions, transport, cache } = parts
  const { createErrorResponse, executeOperation, preparation } = parts
  const load = async (supergraph: string, documents: TrustedDocuments | undefined) => {
    const loaded = await parts.loadSupergraph(supergraph)
    if (documents) await preparation.prepareTrusted(loaded, documents)
    return loaded
  }
  let trustedDocuments = options.trustedDocuments?.documents
  let served = await load(options.supergraph, trustedDocuments)
  // Last, since it connects to the issuer of access tokens at once.
  const authenticator = createAuthenticator(options.identity, log)
  const reloadInTurn = createReloadQueue()
  let phase: 'serving' | 'draining' = 'serving'
  let supergraphState: DependencyState = 'ok'

  /** Receives a request over HTTP. */
  const receive: Route = async (request, response, search) => {
    const requestId = resolveRequestId(request.headers[requestIdHeader])
    const headers = [requestIdHeader, requestId]
    const record = recorder.start(requestId, request.method, request.headers[traceparentHeader])
    const signal = requests.followResponse(response, record)
    if (parts.handleCors(request, headers)) return void response.writeHead(204, headers).end()
    const opened = requests.open(request, response, headers)
    const slot = opened instanceof Promise ? await opened : opened
    if (!slot) return
    const userAgent = request.headers['user-agent']
    const clientHeaders = headerRules?.select(request.headers)
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (landingPage && isRead && prefersHtml(request.headers.accept))
      return sendHtml(response, headers, landingPage.renderHtml(served.schema))
    const deadline = performance.now() + requestTimeoutMs
    const received = await receiveBody(request, response, headers, maxBodyBytes)
    if (!received) return
    const framing = selectFraming(request.headers.accept)
    const cookie = parts.readCookie(request)
    const outcome = await processOperation({
      method: request.method,
      search,
      body: received.body,
      headers: request.headers,
      createContext: () =>
        identify(request, { requestId, userAgent, cookie, clientHeaders, slot, signal, deadline }),
      stream: framing,
      record,
    })
    if (cookie?.setCookie !== undefined) headers.push('set-cookie', cookie.setCookie)
    if (outcome.kind === 'parts') return sendIncrementalResponse(request, response, headers, outcome)
    if (framing) return sendStreamResponse(request, response, headers, framing, outcome)
    if (outcome.kind === 'response')
      return sendResponse(response, outcome.response, headers, request.headers['accept-encoding'])
  }

  /** Identifies the viewer. Waits only for a token that has not been verified before. */
  function identify(
    request: IncomingMessage,
    unidentified: UnidentifiedRequest,
  ): RouterContext | Promise<RouterContext> {
    const viewer = authenticator.identify(request.headers.authorization, unidentified.slot.address)
    return viewer instanceof Promise
      ? viewer.then((identified) => createRouterContext(unidentified, identified))
      : createRouterContext(unidentified, viewer)
  }

  /** Processes an operation, over any protocol. Errors become its response. */
  async function processOperation(incoming: IncomingOperation): Promise<OperationOutcome> {
    const { method, headers, stream, createContext, record } = incoming
    // A request ends on the supergraph that it begins with.
    const supergraph = served
    const accepted = negotiateMediaType(headers.accept)
    // In a stream, JSON is the fallback of a client that accepts events alone.
    const mediaType = accepted ?? jsonMediaType
    let context: RouterContext | undefined
    let isWellFormed = false
    let outcome: OperationOutcome | undefined
    try {
      requirePreflight(headers)
      const identified = createContext()
      context = identified instanceof Promise ? await identified : identified
      if (!accepted && !stream && !selectIncrementalFormat(headers.accept)) throw createNotAcceptableError()
      const resumePosition = stream?.readResumePosition(headers)
      const parameters = readParameters(incoming)
      isWellFormed = true
      const source = persistedQueries.resolveSource(parameters)
      const { operationName, variables } = parameters
      const prepared =
        supergraph.operations.find(source, operationName) ??
        (await preparation.prepare(supergraph, source, parameters, { method, context, record }))
      // Without identity, clients cannot be distinguished.
      record.setOperation(prepared, context.viewer?.viewer.kind !== 'anonymous')
      requireMethod(method, prepared.type)
      prepared.requireAffordable(variables)
      persistedQueries.register(parameters)
      const authorizing = preparation.authorize(prepared, { context, record })
      const authorized = authorizing && (await authorizing)
      const planned = authorized?.planned ?? prepared.planned
      const errors = planned.checkVariables(variables)
      if (errors) {
        const response = createErrorResponse({ errors, status: 400, mediaType, context, record })
        return { kind: 'response', response }
      }
      if (prepared.type === OperationTypeNode.SUBSCRIPTION) {
        if (!stream) throw createStreamRequiredError()
        const own = createSubscriptionKey(source, prepared.operation, variables)
        const key = authorized ? `${authorized.key}\n${own}` : own
        return await subscribe(supergraph, planned, { key, variables, resumePosition }, context)
      }
      const isQuery = prepared.type === OperationTypeNode.QUERY
      context.cacheUse = cache?.startUse(isQuery ? 'query' : 'mutation', readPositions(headers))
      // Another viewer may get another plan.
      if (authorized) context.cacheUse?.addPrivate()
      outcome = await executeOperation(planned, { method, headers, variables, mediaType, context, record })
      return outcome
    } catch (error) {
      const errors = toGraphqlErrors(error)
      const response = createErrorResponse({ errors, status: 500, mediaType, context, record, isWellFormed })
      return { kind: 'response', response }
    } finally {
      // Deferred fragments are executed while the response is sent.
      if (outcome?.kind !== 'parts') record.completeOperation()
    }
  }

  /** Subscribes to the events of a subscription, which counts as one from then on, and no longer as a request. */
  async function subscribe(
    { hub }: ServedSupergraph,
    { subscription: source }: PlannedOperation<RouterContext>,
    subscription: Omit<ValidatedSubscription, 'source'>,
    { viewer, slot, clientHeaders }: RouterContext,
  ): Promise<OperationOutcome> {
    if (!hub || !source) throw new Error('The executor has planned a subscription that it does not support.')
    const client = { viewer, address: slot.address, clientHeaders }
    const events = await hub.subscribe({ ...subscription, source }, client)
    slot.release()
    return { kind: 'events', events }
  }

  const webSockets = createWebSocketEndpoint({
    processOperation(body, operation) {
      const headers = { 'content-type': 'application/json' }
      const stream = { readResumePosition: () => readLastEventIdExtension(body) }
      return processOperation({ method: 'POST', search: '', body, headers, stream, ...operation })
    },
    startRecord: (requestId) => recorder.start(requestId, 'WEBSOCKET'),
    selectHeaders: headerRules?.select,
    maxMessageBytes: maxBodyBytes,
    requestTimeoutMs,
    budgets,
    identify: authenticator.identify,
    resolveAddress: parts.resolveAddress,
    allowsOrigin: parts.allowsOrigin,
    log,
  })

  metrics?.observe({
    caches: {
      ...(cache && { subgraph_data: cache.readState }),
      operations: () => served.operations.readState(),
      persisted_queries: persistedQueries.readState,
      verified_tokens: authenticator.readCacheState,
    },
    readSubgraphs: transport.readSubgraphs,
    countSubscribers: subscriptions.countSubscribers,
    countUpstreams: subscriptions.countUpstreams,
    countWebSockets: webSockets.countSockets,
  })

  const readDependencies = () => ({
    supergraph: supergraphState,
    ...authenticator.readDependencies(),
    ...toDependencyStates(transport.readSubgraphs()),
  })

  return {
    routes: {
      '/graphql': receive,
      ...createHealthRoutes(() => ({
        isReady: phase === 'serving' && authenticator.isReady(),
        dependencies: readDependencies(),
      })),
      ...(introspection && {
        '/schema.graphql': async (request, response) => {
          if (await requests.open(request, response, [])) sendText(response, 200, served.schemaText)
        },
      }),
      ...(landingPage &&
        createPageRoutes(landingPage, { receive, requests, getSchema: () => served.schema })),
    },
    upgrades: { '/graphql': webSockets.upgrade },
    replaceSupergraph: (supergraph) =>
      reloadInTurn(async () => {
        try {
          served = await load(supergraph, trustedDocuments)
        } catch (error) {
          supergraphState = 'degraded'
          metrics?.countReload('failure')
          throw error
        }
        supergraphState = 'ok'
        metrics?.countReload('success')
        subscriptions.endOutdated()
      }),
    replaceTrustedDocuments: (documents) =>
      reloadInTurn(async () => {
        await preparation.prepareTrusted(served, documents)
        persistedQueries.replaceTrusted(documents)
        trustedDocuments = documents
      }),
    drain() {
      phase = 'draining'
    },
    endSubscriptions() {
      subscriptions.endAll()
      webSockets.close()
    },
    async close() {
      await authenticator.close()
      await parts.close()
    },
  }
}
