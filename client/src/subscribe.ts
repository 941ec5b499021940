import { waitUnlessAborted, sleep } from './abort.ts'
import { openEventConnection } from './eventConnection.ts'
import { GraphQLRequestError } from './errors.ts'
import { ReconnectPolicy, SessionRenewalDue } from './reconnectPolicy.ts'
import {
  parseResponseBody,
  serializeOperation,
  type Endpoint,
  type SerializedOperation,
} from './sendOperation.ts'
import type { SessionManager } from './sessionManager.ts'
import type { StoredSession } from './sessionStore.ts'
import type { TypedDocument } from './typedDocument.ts'

export interface SubscribeOptions<Data = unknown> {
  /** Ends the subscription and its request; the loop throws the signal's reason. */
  signal?: AbortSignal
  /** The number of reconnect attempts in a row before the error is thrown; default: 10. */
  retries?: number
  /**
   * The longest delay before the first attempt, in milliseconds; default: 1,000. It doubles with each attempt up to
   * `maxRetryDelayMs`. The actual delay is random, so that clients do not reconnect at the same time.
   */
  retryDelayMs?: number
  /** In milliseconds; default: 30,000. */
  maxRetryDelayMs?: number
  /** Reconnects when no data was received for this long, in milliseconds; default: 30,000. Heartbeats come every 12 s. */
  idleTimeoutMs?: number
  /**
   * Called for an event with data and errors, for example when a subgraph is down; the loop continues with the partial data.
   * Without it, the error is thrown.
   */
  onPartialData?: (error: GraphQLRequestError<Data>) => void
}

/** The endpoint and the session of a client's subscriptions. */
export interface SubscriptionSource {
  endpoint: Endpoint
  sessionManager: SessionManager
}

/** Implements `Client.subscribe`. Sends nothing before the first event is requested. */
export function subscribe<Data, Variables>(
  source: SubscriptionSource,
  document: TypedDocument<Data, Variables>,
  variables: Variables | undefined,
  options: SubscribeOptions<Data>,
): AsyncIterableIterator<Data, undefined, undefined> {
  const leaving = new AbortController()
  const signal = AbortSignal.any([leaving.signal, ...(options.signal ? [options.signal] : [])])
  const events = readEvents({
    ...source,
    ...options,
    operation: serializeOperation(document, variables),
    signal,
    leaving,
  })
  return {
    next: () => events.next(),
    async return() {
      // Aborts the pending event, since a generator handles `return` only after it.
      leaving.abort()
      await events.return(undefined)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

interface Subscription<Data> extends SubscriptionSource, SubscribeOptions<Data> {
  operation: SerializedOperation
  /** Aborted by the consumer's signal and by `leaving`. */
  signal: AbortSignal
  /** Aborted when the consumer leaves the loop. */
  leaving: AbortController
}

async function* readEvents<Data>(subscription: Subscription<Data>): AsyncGenerator<Data, undefined> {
  const { sessionManager, operation, signal, leaving } = subscription
  const { retries = 10, retryDelayMs = 1_000, maxRetryDelayMs = 30_000 } = subscription
  const policy = new ReconnectPolicy(operation.name, { retries, retryDelayMs, maxRetryDelayMs })
  let delayMs = 0
  for (;;) {
    let session: StoredSession | null = null
    try {
      if (delayMs > 0) await sleep(delayMs, signal)
      const { rejectedSession } = policy
      session = await waitUnlessAborted(
        rejectedSession ? sessionManager.renewRejected(rejectedSession) : sessionManager.getSession(),
        signal,
      )
      if (rejectedSession && !session) throw sessionEnded(operation)
      policy.rejectedSession = undefined
      yield* readConnection(subscription, policy, session)
      return undefined
    } catch (error) {
      if (leaving.signal.aborted) return undefined
      signal.throwIfAborted()
      delayMs = policy.delayMsAfter(error, session)
    }
  }
}

/** Yields the data of one connection until the subscription is complete. @throws the error that ends the connection */
async function* readConnection<Data>(
  subscription: Subscription<Data>,
  policy: ReconnectPolicy,
  session: StoredSession | null,
): AsyncGenerator<Data, void> {
  const { endpoint, sessionManager, operation, signal, idleTimeoutMs = 30_000 } = subscription
  const { lastEventId } = policy
  const renewal = new AbortController()
  const timer = session && scheduleRenewal(policy, sessionManager.msUntilRenewal(session), renewal)
  const openedAt = performance.now()
  try {
    const events = openEventConnection(endpoint, operation, {
      accessToken: session?.accessToken,
      lastEventId,
      idleTimeoutMs,
      signal: AbortSignal.any([signal, renewal.signal]),
    })
    for await (const event of events) {
      signal.throwIfAborted()
      if (performance.now() - openedAt > idleTimeoutMs) policy.resetFailures()
      if (event.type === 'complete') return
      const data = event.type === 'next' ? readData(event.data, subscription) : undefined
      policy.recordEvent(event)
      if (data !== undefined) yield data
    }
  } catch (error) {
    throw renewal.signal.aborted ? new SessionRenewalDue() : error
  } finally {
    clearTimeout(timer ?? undefined)
  }
  throw new Error(`${operation.name}: the connection was closed before the subscription was complete`)
}

/** The longest delay of `setTimeout`. */
const maxTimerMs = 2 ** 31 - 1

/** Closes a connection before its access token expires, if the next one can resume by an event ID. */
function scheduleRenewal(policy: ReconnectPolicy, delayMs: number, renewal: AbortController) {
  // The renewal has failed: the token is used until it expires.
  if (delayMs <= 0) return undefined
  const renew = () => {
    if (policy.lastEventId !== undefined) renewal.abort()
  }
  return setTimeout(renew, Math.min(delayMs, maxTimerMs))
}

/** Returns the data of an event. @throws GraphQLRequestError for an event with errors */
function readData<Data>(text: string, { operation, onPartialData }: Subscription<Data>): Data {
  const { data = null, errors = [] } = parseResponseBody<Data>(text) ?? {}
  if (errors.length === 0 && data !== null) return data
  const error = new GraphQLRequestError<Data>(operation.name, 200, errors, data)
  if (data === null || !onPartialData) throw error
  onPartialData(error)
  return data
}

function sessionEnded({ name }: SerializedOperation): GraphQLRequestError {
  const message = 'The subscription ended because the session has ended. Sign in again.'
  return new GraphQLRequestError(name, 200, [{ message, extensions: { code: 'UNAUTHENTICATED' } }])
}
