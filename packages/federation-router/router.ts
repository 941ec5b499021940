import { GraphQLError, OperationTypeNode, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { createAbortHandle, requestIdHeader, resolveRequestId, type JsonObject } from '../platform'
import {
  createHealthRoutes,
  receiveBody,
  sendText,
  type DependencyState,
  type Route,
  type UpgradeHandler,
} from '../platform/http'
import { traceparentHeader } from '../platform/telemetry'
import { createClientBudgets } from './budgets/clientBudgets'
import type { BudgetSlot } from './budgets/concurrencyBudget'
import { sendRateLimitedResponse } from './budgets/rateLimitedError'
import type { ExecutionOutcome } from './executors/executor'
import { createAuthenticator, type ViewerIdentity } from './identity/authenticator'
import { requireWithinLimits } from './limits/operationLimits'
import type { RouterOptions } from './options'
import { createClientAddressResolver } from './request/clientAddress'
import { jsonMediaType, negotiateMediaType, prefersHtml } from './request/contentNegotiation'
import type { RouterContext } from './request/context'
import { createCorsHandler, createOriginCheck } from './request/cors'
import { createResultFormatter } from './request/errorFormatter'
import { createErrorResponder, toGraphqlErrors, type FailedOperation } from './request/errorResponse'
import {
  badRequest,
  readParameters,
  requireMethod,
  requireOperation,
  requirePreflight,
  type GraphqlParameters,
  type OperationRequest,
} from './request/graphqlRequest'
import { createFrontPageRoute, sendHtml } from './request/landingPage'
import type { PreparedOperation } from './request/operationCache'
import { createOperationDescription } from './request/operationDescription'
import { createPersistedQueries } from './request/persistedQueries'
import { createRequestRecorder, type RequestRecord } from './request/requestRecord'
import { createHeaders, readResponseText, sendResponse, type GraphqlResponse } from './request/response'
import { loadSupergraph, type ServedSupergraph } from './servedSupergraph'
import { selectFraming } from './subscriptions/selectFraming'
import { sseFraming } from './subscriptions/sseFraming'
import { sendSingleMessage, streamMessages, type MessageFraming } from './subscriptions/streamMessages'
import type { SubscriberQueue } from './subscriptions/subscriberQueue'
import type { ValidatedSubscription } from './subscriptions/subscriptionHub'
import { createSubscriptionHubs } from './subscriptions/subscriptionHubs'
import { createWebSocketEndpoint } from './subscriptions/webSocketEndpoint'
import { createRouterMetrics, type SubgraphState } from './telemetry'
import { createTransport } from './transport/transport'
import { requireReportableText } from './validation/documentText'
import { parseValidDocument } from './validation/validDocument'

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

/** The part of a request that the preparation of its operation needs. */
interface RequestInPreparation extends Pick<IncomingOperation, 'method' | 'record'> {
  context: RouterContext
}

/** The outcome of an operation: the events of a subscription, or the response to any other one and to a refused one. */
type OperationOutcome =
  { kind: 'events'; events: SubscriberQueue } | { kind: 'response'; response: GraphqlResponse }

/** A router that does not listen yet. */
export interface Router {
  routes: Readonly<Record<string, Route>>
  /** The handlers of WebSocket upgrades, by path. */
  upgrades: Readonly<Record<string, UpgradeHandler>>
  /**
   * Serves another supergraph; requests in progress end on the previous one.
   *
   * @throws StartupError for a supergraph that cannot be served: the previous one stays
   */
  replaceSupergraph(supergraph: string): Promise<void>
  /** Reports the router as not ready; it still responds. */
  drain(): void
  /** Ends all subscriptions, and new ones at once, with the request to subscribe again. Closes WebSockets. */
  endSubscriptions(): void
  /** Closes the connections to the subgraphs. To be called when no request is in progress. */
  close(): Promise<void>
}

/**
 * Creates a router for any supergraph, which need not have any subgraph running.
 *
 * An operation passes these stages: receive (HTTP or WebSocket), identify, prepare, plan, execute, respond.
 *
 * @throws StartupError for a supergraph that cannot be served
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const { hideNames, introspection, landingPage, limits, log, maxBodyBytes, requestTimeoutMs } = options
  const { registry, tracer } = options.telemetry
  const metrics = registry && createRouterMetrics(registry)
  const recorder = createRequestRecorder({ ...options.telemetry, metrics, log })
  const transport = createTransport({ settings: options.transport, metrics, log })
  const budgets = createClientBudgets(options.budgets, log, metrics)
  const subscriptions = createSubscriptionHubs({
    settings: options.subscriptions,
    getMaxEventLength: (service) => options.transport(service).MAX_RESPONSE_BYTES,
    budget: budgets.subscriptions,
    formatOutcome: createResultFormatter({ hideNames }),
    onTooMany: () => metrics?.countRateLimited('subscriptions', 'all'),
    metrics: metrics?.subscriptions,
    tracer,
    log,
  })
  const loaderOptions = {
    ...options,
    transport,
    planning: budgets.planning,
    subscriptions,
    operationLookups: { hits: 0, misses: 0 },
  }
  let served = await loadSupergraph(options.supergraph, loaderOptions)
  const authenticator = createAuthenticator(options.identity, log)
  const resolveAddress = createClientAddressResolver(options.trustProxy)
  const allowOrigin = createCorsHandler(options.corsOrigins)
  const persistedQueries = createPersistedQueries()
  const createErrorResponse = createErrorResponder({ hideNames, log })
  let phase: 'serving' | 'draining' = 'serving'
  let supergraphState: DependencyState = 'ok'

  /** Receives a request over HTTP. */
  const receive: Route = async (request, response, search) => {
    const requestId = resolveRequestId(request.headers[requestIdHeader])
    const headers = [requestIdHeader, requestId]
    const record = recorder.start(requestId, request.method, request.headers[traceparentHeader])
    const signal = followResponse(response, record)
    if (allowOrigin(request, headers)) return void response.writeHead(204, headers).end()
    const slot = openRequest(request, response, headers)
    if (!slot) return
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (landingPage && isRead && prefersHtml(request.headers.accept))
      return sendHtml(response, headers, landingPage.renderHtml(served.schema))
    const deadline = performance.now() + requestTimeoutMs
    const received = await receiveBody(request, response, headers, maxBodyBytes)
    if (!received) return
    const framing = selectFraming(request.headers.accept)
    const outcome = await processOperation({
      method: request.method,
      search,
      body: received.body,
      headers: request.headers,
      createContext: () => identify(request, { requestId, slot, signal, deadline }),
      stream: framing,
      record,
    })
    if (framing) return sendStream(request, response, headers, framing, outcome)
    if (outcome.kind === 'response') sendResponse(response, outcome.response, headers)
  }

  /** Records the end of a response. @returns the signal that aborts when the client disconnects before */
  function followResponse(response: ServerResponse, record: RequestRecord) {
    const client = createAbortHandle()
    response.on('close', () => {
      const isSent = response.writableFinished
      if (!isSent) client.abort()
      record.complete(isSent ? response.statusCode : 'aborted')
    })
    return client.signal
  }

  /**
   * Counts a request against the budget of its client until the response is closed.
   *
   * @returns undefined when the client has too many requests open, after a response with status 429
   */
  function openRequest(
    request: IncomingMessage,
    response: ServerResponse,
    headers: readonly string[],
  ): BudgetSlot | undefined {
    try {
      const slot = budgets.requests.acquire(resolveAddress(request))
      response.on('close', () => slot.release())
      return slot
    } catch (error) {
      sendRateLimitedResponse(response, headers, error)
      return undefined
    }
  }

  /** Identifies the viewer. Waits only for a token that has not been verified before. */
  function identify(
    request: IncomingMessage,
    { requestId, slot, signal, deadline }: Pick<RouterContext, 'requestId' | 'slot' | 'signal' | 'deadline'>,
  ): RouterContext | Promise<RouterContext> {
    const toContext = (viewer: ViewerIdentity | undefined): RouterContext => {
      slot.assignViewer(viewer)
      return { requestId, viewer, viewerToken: viewer?.signViewerToken(), slot, signal, deadline }
    }
    const viewer = authenticator.identify(request.headers.authorization, slot.address)
    return viewer instanceof Promise ? viewer.then(toContext) : toContext(viewer)
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
    try {
      requirePreflight(headers)
      const identified = createContext()
      context = identified instanceof Promise ? await identified : identified
      if (!accepted && !stream) throw notAcceptable()
      const resumePosition = stream?.readResumePosition(headers)
      const parameters = readParameters(incoming)
      isWellFormed = true
      const source = persistedQueries.resolveSource(parameters)
      const { operationName, variables } = parameters
      const prepared =
        supergraph.operations.find(source, operationName) ??
        (await prepare(supergraph, source, parameters, { method, context, record }))
      record.setOperation(prepared)
      requireMethod(method, prepared.type)
      prepared.requireAffordable(variables)
      persistedQueries.register(parameters)
      const errors = prepared.planned.checkVariables(variables)
      if (errors) {
        const response = createErrorResponse({ errors, status: 400, mediaType, context, record })
        return { kind: 'response', response }
      }
      if (prepared.type === OperationTypeNode.SUBSCRIPTION) {
        if (!stream) throw streamRequired()
        const key = createSubscriptionKey(source, prepared.operation, variables)
        return subscribe(supergraph, prepared, { key, variables, resumePosition }, context)
      }
      record.startExecution(context)
      return respond(await prepared.planned.execute(variables, context), { mediaType, context, record })
    } catch (error) {
      const errors = toGraphqlErrors(error)
      const response = createErrorResponse({ errors, status: 500, mediaType, context, record, isWellFormed })
      return { kind: 'response', response }
    } finally {
      record.completeOperation()
    }
  }

  /**
   * Prepares an operation that is not in the cache: validates its document, applies the limits, and plans it.
   *
   * @throws GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, QUERY_TOO_COMPLEX,
   *   RATE_LIMITED when the client has no planning time left
   */
  async function prepare(
    supergraph: ServedSupergraph,
    source: string,
    parameters: GraphqlParameters,
    request: RequestInPreparation,
  ): Promise<PreparedOperation> {
    const { method, context, record } = request
    const { schema, getFieldSubgraphs, executor, operations } = supergraph
    const { operationName, variables } = parameters
    const document = operations.findDocument(source) ?? (await validate(supergraph, source, request))
    const operation = requireOperation(document, operationName)
    requireMethod(method, operation.operation)
    const requireAffordable = requireWithinLimits({ document, operation, schema, getFieldSubgraphs }, limits)
    requireAffordable(variables)
    const plan = () => executor.plan({ source, document, operation })
    const planned = budgets.planning.runCharged(context, () => record.measureWork('plan', plan))
    const description = createOperationDescription(source, operation, metrics)
    const prepared = { type: operation.operation, operation, requireAffordable, planned, description }
    operations.add(source, document, operationName, prepared)
    return prepared
  }

  /** Parses and validates a document, in turn with other new documents. */
  async function validate(
    { schema, operations }: ServedSupergraph,
    source: string,
    { context, record }: RequestInPreparation,
  ): Promise<DocumentNode> {
    requireReportableText(source, limits.maxTokens)
    await budgets.planning.admit(context)
    // Another request may have had the same document.
    const cached = operations.findDocument(source)
    if (cached) return cached
    const settings = { maxTokens: limits.maxTokens, introspection, hideNames }
    const parse = () => parseValidDocument(source, schema, settings)
    const document = budgets.planning.runCharged(context, () => record.measureWork('validate', parse))
    operations.addDocument(source, document)
    return document
  }

  /** Subscribes to the events of a subscription, which counts as one from then on, and no longer as a request. */
  function subscribe(
    { hub }: ServedSupergraph,
    { planned: { subscription: source } }: PreparedOperation,
    subscription: Omit<ValidatedSubscription, 'source'>,
    { viewer, slot }: RouterContext,
  ): OperationOutcome {
    if (!hub || !source) throw new Error('The executor has planned a subscription that it does not support.')
    const events = hub.subscribe({ ...subscription, source }, { viewer, address: slot.address })
    slot.release()
    return { kind: 'events', events }
  }

  /** Creates the response to an operation that was executed. */
  function respond(
    result: ExecutionOutcome,
    request: Pick<FailedOperation, 'mediaType' | 'context' | 'record'>,
  ): OperationOutcome {
    if (!result.texts && result.errors.length > 0) {
      const { data, errors } = result
      const status = data === undefined ? 400 : 200
      const response = createErrorResponse({ data, errors, status, ...request })
      return { kind: 'response', response }
    }
    const body = result.texts ? result : JSON.stringify({ data: result.data })
    return { kind: 'response', response: { status: 200, headers: createHeaders(request.mediaType), body } }
  }

  const webSockets = createWebSocketEndpoint({
    async processOperation(body, operation) {
      const headers = { 'content-type': 'application/json' }
      const stream = { readResumePosition: () => undefined }
      const incoming = { method: 'POST', search: '', body, headers, stream, ...operation }
      const outcome = await processOperation(incoming)
      if (outcome.kind === 'events') return outcome
      const { response } = outcome
      return { kind: 'response', status: response.status, text: readResponseText(response) }
    },
    startRecord: (requestId) => recorder.start(requestId, 'WEBSOCKET'),
    maxMessageBytes: maxBodyBytes,
    requestTimeoutMs,
    budgets,
    identify: authenticator.identify,
    resolveAddress,
    allowsOrigin: createOriginCheck(options.corsOrigins),
    log,
  })

  metrics?.observe({
    caches: {
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
    ...readSubgraphStates(transport.readSubgraphs()),
  })

  return {
    routes: {
      '/graphql': receive,
      ...createHealthRoutes(() => ({ isReady: phase === 'serving', dependencies: readDependencies() })),
      ...(introspection && {
        '/schema.graphql': (request, response) => {
          if (openRequest(request, response, [])) sendText(response, 200, served.schemaText)
        },
      }),
      ...(landingPage && { '/': createFrontPageRoute(receive, () => landingPage.renderText(served.schema)) }),
    },
    upgrades: { '/graphql': webSockets.upgrade },
    async replaceSupergraph(supergraph) {
      try {
        served = await loadSupergraph(supergraph, loaderOptions)
      } catch (error) {
        supergraphState = 'degraded'
        metrics?.countReload('failure')
        throw error
      }
      supergraphState = 'ok'
      metrics?.countReload('success')
      subscriptions.endOutdated()
    },
    drain() {
      phase = 'draining'
    },
    endSubscriptions() {
      subscriptions.endAll()
      webSockets.close()
    },
    async close() {
      await subscriptions.close()
      await authenticator.close()
      await transport.close()
    },
  }
}

const stateByCircuit = { closed: 'ok', failing: 'degraded', open: 'down' } as const

const readSubgraphStates = (subgraphs: readonly SubgraphState[]): Record<string, DependencyState> =>
  Object.fromEntries(subgraphs.map(({ name, circuit }) => [name, stateByCircuit[circuit]]))

function notAcceptable(): GraphQLError {
  return badRequest(
    'The accept header allows neither application/json nor application/graphql-response+json.',
    406,
  )
}

function streamRequired(): GraphQLError {
  return new GraphQLError(
    'A subscription needs a protocol with events: a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream, or multipart/mixed with subscriptionSpec=1.0.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  )
}

/** Identifies a subscription by its document and its declared variables, in the order of their declarations. */
function createSubscriptionKey(
  source: string,
  { name, variableDefinitions = [] }: OperationDefinitionNode,
  variables: JsonObject,
): string {
  const values = variableDefinitions.map(({ variable }) => JSON.stringify(variables[variable.name.value]))
  return [source, name?.value ?? '', ...values].join('\n')
}

/**
 * Responds to a request that accepts a stream of events. The response to an operation without events is JSON if the client
 * accepts that, too, and otherwise a stream of one event.
 */
async function sendStream(
  request: IncomingMessage,
  response: ServerResponse,
  headers: string[],
  framing: MessageFraming,
  outcome: OperationOutcome,
): Promise<void> {
  const acceptsJson = negotiateMediaType(request.headers.accept) !== undefined
  if (outcome.kind === 'response' && (framing !== sseFraming || acceptsJson))
    return sendResponse(response, outcome.response, headers)
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
  if (outcome.kind === 'events') await streamMessages(response, outcome.events, framing)
  else sendSingleMessage(response, readResponseText(outcome.response), framing)
}
