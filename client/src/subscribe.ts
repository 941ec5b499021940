import type { TypedDocumentNode } from '@graphql-typed-document-node/core'

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

export interface SubscribeOptions<Data = unknown> {
  /** Ends the subscription, and its request; the loop throws the signal's reason. */
  signal?: AbortSignal
  /** How often in a row a lost connection is made anew before what has failed is thrown; 10 by default. */
  retries?: number
  /**
   * The wait before the first of these, in milliseconds, 1,000 by default; it doubles each time up to `maxRetryDelay`,
   * 30,000 by default. Each is shortened at random: not all clients come back together.
   */
  retryDelay?: number
  maxRetryDelay?: number
  /**
   * A connection on which nothing has come for so long is made anew, in milliseconds, 30,000 by default: the endpoint says
   * every 12 seconds that it lives.
   */
  silence?: number
  /**
   * Called for an event that has data and errors, since a part of the system is down for example: the loop goes on with
   * what there is. The error is thrown when this is left out.
   */
  onIncomplete?: (error: GraphQLRequestError<Data>) => void
}

/** Where the client's subscriptions go, and for whom. */
export interface SubscriptionSource {
  endpoint: Endpoint
  sessionManager: SessionManager
}

/** See `Client.subscribe`. Nothing is sent before the first event is asked for. */
export function subscribe<Data, Variables>(
  source: SubscriptionSource,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | undefined,
  options: SubscribeOptions<Data>,
): AsyncIterableIterator<Data, undefined, undefined> {
  const leaving = new AbortController()
  const signal = AbortSignal.any([leaving.signal, ...(options.signal ? [options.signal] : [])])
  const events = follow({
    ...source,
    ...options,
    operation: serializeOperation(document, variables),
    signal,
    leaving,
  })
  return {
    next: () => events.next(),
    async return() {
      // A generator takes its own `return` after the event that it waits for.
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
  /** Ends it, whoever it was. */
  signal: AbortSignal
  /** Aborted when the reader has left. */
  leaving: AbortController
}

async function* follow<Data>(subscription: Subscription<Data>): AsyncGenerator<Data, undefined> {
  const { sessionManager, operation, signal, leaving } = subscription
  const { retries = 10, retryDelay = 1_000, maxRetryDelay = 30_000 } = subscription
  const progress = new ReconnectPolicy(operation.name, { retries, retryDelay, maxRetryDelay })
  let delay = 0
  for (;;) {
    let session: StoredSession | null = null
    try {
      if (delay > 0) await sleep(delay, signal)
      const { rejectedSession } = progress
      session = await waitUnlessAborted(
        rejectedSession ? sessionManager.renewRejected(rejectedSession) : sessionManager.getSession(),
        signal,
      )
      if (rejectedSession && !session) throw signedOut(operation)
      progress.rejectedSession = undefined
      yield* followOnce(subscription, progress, session)
      return undefined
    } catch (error) {
      if (leaving.signal.aborted) return undefined
      signal.throwIfAborted()
      delay = progress.delayMsAfter(error, session)
    }
  }
}

/** The events of one connection, until the endpoint says that there are no more. @throws whatever else ends it */
async function* followOnce<Data>(
  subscription: Subscription<Data>,
  progress: ReconnectPolicy,
  session: StoredSession | null,
): AsyncGenerator<Data, void> {
  const { endpoint, sessionManager, operation, signal, silence = 30_000 } = subscription
  const { lastEventId } = progress
  const renewal = new AbortController()
  const timer = session && renewOnce(progress, sessionManager.msUntilRenewal(session), renewal)
  const openedAt = performance.now()
  try {
    const events = openEventConnection(endpoint, operation, {
      accessToken: session?.accessToken,
      lastEventId,
      silenceTimeoutMs: silence,
      signal: AbortSignal.any([signal, renewal.signal]),
    })
    for await (const event of events) {
      signal.throwIfAborted()
      if (performance.now() - openedAt > silence) progress.resetFailures()
      if (event.type === 'complete') return
      const data = event.type === 'next' ? dataOf(event.data, subscription) : undefined
      progress.recordEvent(event)
      if (data !== undefined) yield data
    }
  } catch (error) {
    throw renewal.signal.aborted ? new SessionRenewalDue() : error
  } finally {
    clearTimeout(timer ?? undefined)
  }
  throw new Error(`${operation.name}: the connection has ended`)
}

/** The longest that a timer takes. */
const maxTimer = 2 ** 31 - 1

/** Leaves a connection whose token is about to expire for one with the next token, where no event is lost by that. */
function renewOnce(progress: ReconnectPolicy, milliseconds: number, renewal: AbortController) {
  // One that could not be renewed is used to its end.
  if (milliseconds <= 0) return undefined
  const leave = () => {
    if (progress.lastEventId !== undefined) renewal.abort()
  }
  return setTimeout(leave, Math.min(milliseconds, maxTimer))
}

/** @throws GraphQLRequestError for an event with errors */
function dataOf<Data>(text: string, { operation, onIncomplete }: Subscription<Data>): Data {
  const { data = null, errors = [] } = parseResponseBody<Data>(text) ?? {}
  if (errors.length === 0 && data !== null) return data
  const error = new GraphQLRequestError<Data>(operation.name, 200, errors, data)
  if (data === null || !onIncomplete) throw error
  onIncomplete(error)
  return data
}

function signedOut({ name }: SerializedOperation): GraphQLRequestError {
  const message = 'The session has ended, and with it the subscription.'
  return new GraphQLRequestError(name, 200, [{ message, extensions: { code: 'UNAUTHENTICATED' } }])
}
