import { throwIfAborted, waitUnlessAborted } from './abort.ts'
import type { ConnectionEvent, OpenConnection } from './connection.ts'
import { GraphQLRequestError } from './errors.ts'
import { createLinkedController, sleep } from './linkedController.ts'
import { ReconnectPolicy, SessionRenewalDue } from './reconnectPolicy.ts'
import { readData, type GraphQLResponse, type SerializedOperation } from './sendOperation.ts'
import type { SessionManager } from './sessionManager.ts'
import type { StoredSession } from './sessionStore.ts'

/** The options of subscriptions, for results of any kind. */
export interface SubscriptionOptions {
  /** Ends the subscription and its request; the loop throws the signal's reason. */
  signal?: AbortSignal | undefined
  /**
   * Called when events may be missing (RESYNC), once the subscription continues: read again what you show. Without it, the
   * error is thrown.
   */
  onResync?: (() => void) | undefined
  /** The number of reconnect attempts in a row before the error is thrown; default: 10. */
  retries?: number | undefined
  /**
   * The longest delay before the first attempt, in milliseconds; default: 1,000. It doubles with each attempt up to
   * `maxRetryDelayMs`. The actual delay is random, so that clients do not reconnect at the same time.
   */
  retryDelayMs?: number | undefined
  /** In milliseconds; default: 30,000. */
  maxRetryDelayMs?: number | undefined
  /**
   * Reconnects when no data was received for this long, in milliseconds; default: 30,000. Subscriptions that share a
   * WebSocket have the timeout of the first one.
   */
  idleTimeoutMs?: number | undefined
}

export interface SubscribeOptions<Data = unknown> extends SubscriptionOptions {
  /**
   * Called for an event with data and errors, for example when a subgraph is down; the loop continues with the partial data.
   * Without it, the error is thrown.
   */
  onIncomplete?: ((error: GraphQLRequestError<Data>) => void) | undefined
}

/** The connections and the session of a client's subscriptions. */
export interface SubscriptionSource {
  openConnection: OpenConnection
  sessionManager: SessionManager
}

/** Implements `Client.subscribe`. */
export function subscribe<Data>(
  source: SubscriptionSource,
  operation: SerializedOperation,
  { onIncomplete, ...options }: SubscribeOptions<Data>,
): AsyncIterableIterator<Data, undefined, undefined> {
  const results = subscribeToResults<Data>(source, operation, options)
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    await results.return?.()
    return { done: true, value: undefined }
  }
  return {
    async next() {
      const { done, value } = await results.next()
      if (done) return { done, value }
      try {
        return { done: false, value: readData(value, { name: operation.name, status: 200, onIncomplete }) }
      } catch (error) {
        await end()
        throw error
      }
    },
    return: end,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Implements `Client.subscribeToResults`. Sends nothing before the first result is requested. */
export function subscribeToResults<Data>(
  source: SubscriptionSource,
  operation: SerializedOperation,
  options: SubscriptionOptions,
): AsyncIterableIterator<GraphQLResponse<Data>, undefined, undefined> {
  const { controller, unlink } = createLinkedController(options.signal)
  let phase: 'open' | 'left' = 'open'
  const hasLeft = () => phase === 'left'
  const results = readResults<Data>({ ...source, ...options, operation, signal: controller.signal, hasLeft })
  return {
    async next() {
      try {
        const result = await results.next()
        if (result.done) unlink()
        return result
      } catch (error) {
        unlink()
        throw error
      }
    },
    async return() {
      phase = 'left'
      unlink()
      // Ends the pending event, since a generator handles `return` only after it.
      controller.abort()
      await results.return(undefined)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

interface Subscription extends SubscriptionSource, SubscriptionOptions {
  operation: SerializedOperation
  /** Aborted by the consumer's signal, and when the consumer has left. */
  signal: AbortSignal
  /** Returns whether the consumer has left the loop. */
  hasLeft(): boolean
}

async function* readResults<Data>(
  subscription: Subscription,
): AsyncGenerator<GraphQLResponse<Data>, undefined> {
  const { sessionManager, operation, signal, hasLeft, onResync } = subscription
  const { retries = 10, retryDelayMs = 1_000, maxRetryDelayMs = 30_000 } = subscription
  const resyncs = onResync !== undefined
  const policy = new ReconnectPolicy(operation.name, { retries, retryDelayMs, maxRetryDelayMs, resyncs })
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
      yield* readConnection<Data>(subscription, policy, session)
      return undefined
    } catch (error) {
      if (hasLeft()) return undefined
      throwIfAborted(signal)
      delayMs = policy.delayMsAfter(error, session)
    }
  }
}

/** Yields the results of one connection until the subscription is complete. @throws the error that ends the connection */
async function* readConnection<Data>(
  subscription: Subscription,
  policy: ReconnectPolicy,
  session: StoredSession | null,
): AsyncGenerator<GraphQLResponse<Data>, void> {
  const { openConnection, sessionManager, operation, signal, onResync, idleTimeoutMs = 30_000 } = subscription
  const { controller, unlink } = createLinkedController(signal)
  let isRenewalDue = false
  const renew = () => {
    // Only if the next connection can resume by an event ID. Otherwise the token is used until it expires.
    if (policy.lastEventId === undefined) return
    isRenewalDue = true
    controller.abort()
  }
  const timer = session && schedule(sessionManager.msUntilRenewal(session), renew)
  const openedAt = performance.now()
  try {
    const events = openConnection(operation, {
      accessToken: session?.accessToken,
      lastEventId: policy.lastEventId,
      idleTimeoutMs,
      signal: controller.signal,
    })
    for await (const event of events) {
      throwIfAborted(signal)
      if (performance.now() - openedAt > idleTimeoutMs) policy.resetFailures()
      if (event.type === 'complete') return
      const result = event.type === 'next' ? readResult<Data>(event, operation) : undefined
      if (policy.recordEvent(event)) onResync?.()
      if (result) yield result
    }
  } catch (error) {
    throw isRenewalDue ? new SessionRenewalDue() : error
  } finally {
    unlink()
    clearTimeout(timer ?? undefined)
  }
  throw new Error(`${operation.name}: the connection was closed before the subscription was complete`)
}

/** Returns the result of an event. @throws GraphQLRequestError when it has no data, or events may be missing */
function readResult<Data>({ result }: ConnectionEvent, { name }: SerializedOperation): GraphQLResponse<Data> {
  const { data = null, errors = [] } = (result ?? {}) as GraphQLResponse<Data>
  const error = new GraphQLRequestError<Data>(name, 200, errors, data)
  if (data === null || error.has('RESYNC')) throw error
  return { data, ...(errors.length > 0 && { errors }) }
}

/** The longest delay of `setTimeout`. */
const maxTimerMs = 2 ** 31 - 1

/** Calls back before an access token expires; not at all if its renewal has failed. */
const schedule = (delayMs: number, callback: () => void) =>
  delayMs > 0 ? setTimeout(callback, Math.min(delayMs, maxTimerMs)) : undefined

function sessionEnded({ name }: SerializedOperation): GraphQLRequestError {
  const message = 'The subscription ended because the session has ended. Sign in again.'
  return new GraphQLRequestError(name, 200, [{ message, extensions: { code: 'UNAUTHENTICATED' } }])
}
