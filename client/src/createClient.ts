import { createAuthorizedFetch } from './authorizedFetch.ts'
import { deferIterator } from './deferIterator.ts'
import type { GraphQLRequestError } from './errors.ts'
import { platform } from './platform.ts'
import { serializeOperation, sendOperation, type Endpoint } from './sendOperation.ts'
import type { GraphQLResponse, OperationParameters } from './sendOperation.ts'
import { createSessionManager } from './sessionManager.ts'
import { createSessionMethods, type SessionMethods } from './sessionMethods.ts'
import { memorySession, storeSession, type SessionStore, type StoredSession } from './sessionStore.ts'
import type { SubscribeOptions, SubscriptionOptions } from './subscribe.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { TypedDocument } from './typedDocument.ts'
import type { WebSocketClass } from './platform.ts'

export interface ClientOptions {
  /** The endpoint, for example `https://api.example.org/graphql`. */
  url: string
  /** Stores the session; default: {@link memorySession}. */
  session?: SessionStore | undefined
  /**
   * For an endpoint with SESSION_COOKIES, which keeps the refresh token in a cookie that scripts cannot read. The session
   * survives the page without being stored.
   */
  cookies?: boolean | undefined
  /** Sent with every request, for example the name and version of the frontend. Not with WebSockets, which have no headers. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Replaces the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
  /**
   * The class of WebSockets for subscriptions; false: server-sent events. Default: the global class in browsers and React
   * Native, and server-sent events elsewhere.
   */
  webSocket?: WebSocketClass | false | undefined
  /** Renews the session when its access token is valid for less than this, in milliseconds; default: 30,000. */
  renewBeforeMs?: number | undefined
  /**
   * Called when the session has ended because it could not be renewed, so that the user must sign in again, and when the user
   * has signed out in another tab.
   */
  onSignedOut?: (() => void) | undefined
}

export interface RequestOptions<Data = unknown> {
  /** Aborts the request, but not a renewal of the session that other requests share. */
  signal?: AbortSignal | undefined
  /**
   * Called for a response with data and errors, for example when a subgraph is down; the partial data is returned. Without
   * it, the error is thrown.
   */
  onIncomplete?: ((error: GraphQLRequestError<Data>) => void) | undefined
}

/** Variables can be omitted when all of them are optional. */
export type RequestArguments<Variables, Options = RequestOptions> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: Options]
    : [variables: Variables, options?: Options]

export interface Client extends SessionMethods {
  /** The endpoint. */
  readonly url: string
  /**
   * Runs one operation and returns its data.
   *
   * @throws GraphQLRequestError for a response with errors, with the partial data; the error of `fetch` without a response; the
   *   signal's reason when it is aborted
   */
  request<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    ...args: RequestArguments<Variables, RequestOptions<Data>>
  ): Promise<Data>
  /**
   * Subscribes, in browsers over one WebSocket for all subscriptions, elsewhere by server-sent events. Reconnects after a
   * lost connection and resumes after the last event, and renews the session before its access token expires; the loop is not
   * interrupted. Leaving the loop ends the subscription.
   *
   *     for await (const data of client.subscribe(Document, variables)) show(data)
   *
   * The loop throws GraphQLRequestError for an event with errors. After the code RESYNC, events may be missing: subscribe again
   * and reload what you show, or use `onResync`. The loop throws the error of `fetch` when the first connection or all retries
   * fail, and the signal's reason when it is aborted.
   */
  subscribe<Data, Variables>(
    document: TypedDocument<Data, Variables>,
    ...args: RequestArguments<Variables, SubscribeOptions<Data>>
  ): AsyncIterableIterator<Data, undefined, undefined>
  /** Subscribes for another GraphQL client: results with errors and data are not thrown. */
  subscribeToResults<Data = unknown>(
    operation: OperationParameters,
    options?: SubscriptionOptions,
  ): AsyncIterableIterator<GraphQLResponse<Data>, undefined, undefined>
  /**
   * Sends a request to the endpoint with the access token, for other GraphQL clients: the parameters and the response are those
   * of `fetch`. A request that is refused because of the token is repeated once with a new one.
   *
   * @throws Error for another URL
   */
  fetch: typeof globalThis.fetch
  /** Returns an access token that is valid for some time; null when signed out. */
  accessToken(): Promise<string | null>
  /** Returns the stored session; null when signed out. */
  getSession(): Promise<StoredSession | null>
  /** Stores a session, and its device token, that another program has created. */
  setSession(session: StoredSession | null): Promise<void>
}

/**
 * Creates a small client based on `fetch` that keeps its user signed in. It renews the session before the access token
 * expires and after a response with UNAUTHENTICATED, once for all concurrent requests, and retries the request once. When the
 * session cannot be renewed any more, the user is signed out and requests continue without a session.
 *
 *     const client = createClient({ url: 'http://localhost:4000/graphql' })
 *     const { posts } = await client.request(FeedDocument, { first: 10 })
 */
export function createClient(options: ClientOptions): Client {
  return createClientWith(options, true)
}

/** @param renew whether the client renews sessions */
export function createClientWith(options: ClientOptions, renew: boolean): Client {
  const { url, cookies = false, renewBeforeMs = 30_000, onSignedOut = () => {} } = options
  const store = options.session ?? memorySession()
  const send = options.fetch ?? ((...args) => globalThis.fetch(...args))
  const endpoint: Endpoint = {
    url,
    headers: options.headers ?? {},
    fetch: cookies ? (input, init) => send(input, { ...init, credentials: 'include' }) : send,
  }
  const sessionManager = createSessionManager({ endpoint, store, cookies, renew, renewBeforeMs, onSignedOut })
  const authorized: Endpoint = { ...endpoint, fetch: createAuthorizedFetch(endpoint, sessionManager) }
  const webSocket = options.webSocket ?? findWebSocket()

  let subscriptions: Subscriptions | undefined
  /** Loads the code of subscriptions with the first one, since it is larger than the rest of this package. */
  async function loadSubscriptions(): Promise<Subscriptions> {
    const { createSubscriptions } = await import('./subscriptions.ts')
    subscriptions ??= createSubscriptions(endpoint, webSocket || undefined, sessionManager)
    return subscriptions
  }

  return {
    url,
    request: (document, ...[variables, requestOptions = {}]) =>
      sendOperation(authorized, document, variables, requestOptions),
    subscribe: (document, ...[variables, subscribeOptions = {}]) =>
      deferIterator(async () => {
        const operation = await serializeOperation(document, variables)
        return (await loadSubscriptions()).subscribe(operation, subscribeOptions)
      }),
    subscribeToResults: (parameters, subscriptionOptions = {}) =>
      deferIterator(async () => {
        const operation = { name: parameters.operationName ?? 'anonymous', parameters }
        return (await loadSubscriptions()).subscribeToResults(operation, subscriptionOptions)
      }),
    fetch: authorized.fetch,
    accessToken: async () => (await sessionManager.getSession())?.accessToken ?? null,
    ...createSessionMethods({ endpoint, authorized, store, sessionManager }),
    getSession: sessionManager.readSession,
    setSession: (session) => storeSession(store, session),
  }
}

/** Returns the global class where connections are few (browsers) or `fetch` does not stream (React Native). */
function findWebSocket(): WebSocketClass | undefined {
  const { document, navigator, WebSocket } = platform
  return document !== undefined || navigator?.product === 'ReactNative' ? WebSocket : undefined
}
