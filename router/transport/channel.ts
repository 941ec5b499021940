import { ExponentialBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel'

import { createCohort } from '../../subgraphs/shared/cohort'
import type { Log } from '../../subgraphs/shared/log'
import { requestTimeoutHeader } from '../../subgraphs/shared/requestScope'
import { viewerHeader } from '../../subgraphs/shared/viewerToken'
import type { RouterContext } from '../context'
import { readFor, type ReadAnswer } from './answer'
import { createBulkhead } from './bulkhead'
import { createCircuit } from './circuit'
import { createConnections } from './connections'
import { exchange, type Exchange, type Received, type Reply } from './exchange'
import { ClientGone, NoAnswer, NotAsked, SubgraphFault, TimeUp, type Outcome } from './failures'
import { createProbe, probeMilliseconds } from './probe'
import type { TransportSettings } from './settings'
import type { TransportRequest } from './transport'

/** A response that was read, and its bytes for the fetches that share it. */
export interface ChannelAnswer extends ReadAnswer {
  reply: Reply
}

/** The way to one subgraph. */
export interface Channel {
  readonly url: string
  /** @throws SubgraphFault, NotAsked, TimeUp, ClientGone */
  send(request: TransportRequest, context: RouterContext): Promise<ChannelAnswer>
  /** To be called when nothing new is sent to this address. Fetches under way end as usual. */
  retire(): void
  /** Ends what is under way. */
  destroy(): Promise<void>
}

export interface ChannelOptions {
  name: string
  url: string
  settings: TransportSettings
  received: Received
  log: Log
}

/** In bytes. Larger ones would drive one another out of the caches, and would all be in memory at once. */
const largestInCohort = 16 * 1024
const joinReplies = createCohort()
const retryDelays = { initialDelay: 50, maxDelay: 250 }
/** A mutation is only sent again where the subgraph cannot have received it: to another process of it, most likely. */
const mutationRetries = 1

/**
 * Opens connections as they are needed, keeps them alive, and sends over them under the policies of the subgraph:
 * again if it may be sent again (see `faults`), unless its circuit is open, when there is a place, with a timeout.
 *
 * Every header is made here: nothing that the client sent reaches a subgraph but its operation.
 */
export function createChannel({ name, url, settings, received, log }: ChannelOptions): Channel {
  const { origin, pathname, search } = new URL(url)
  const path = pathname + search
  const connections = createConnections(origin)
  const probe = createProbe((body, context) =>
    exchange(connections, exchangeOf({ body, kind: 'query' }, context, probeMilliseconds, performance.now())),
  )
  const circuit = createCircuit({ subgraph: name, settings, probe: probe.send, log })
  const bulkhead = createBulkhead(settings.MAX_FETCHES, settings.MAX_QUEUED_FETCHES)
  const timeouts = { query: settings.QUERY_TIMEOUT_MS, mutation: settings.MUTATION_TIMEOUT_MS }
  const retries = { query: createRetry(settings.QUERY_RETRIES), mutation: createRetry(mutationRetries) }

  function exchangeOf(
    { body, kind }: Pick<TransportRequest, 'body' | 'kind'>,
    context: RouterContext,
    timeoutMilliseconds: number,
    sentAt: number,
  ): Exchange {
    const { signal, deadline } = context
    const left = kind === 'query' ? Math.min(deadline - sentAt, timeoutMilliseconds) : undefined
    const headers = headersOf(context, left)
    const limit = settings.ANSWER_LIMIT
    return { path, headers, body, timeoutMilliseconds, sentAt, deadline, limit, received, signal }
  }

  /** It may have waited, for its turn or to be sent again. @throws ClientGone, NotAsked, TimeUp */
  function requireWanted({ signal, deadline }: RouterContext, entered: number, now: number): void {
    if (signal.aborted) throw new ClientGone()
    if (circuit.hasOpenedSince(entered)) throw new NotAsked('The circuit has opened')
    if (deadline <= now) throw new TimeUp()
  }

  async function attempt(request: TransportRequest, context: RouterContext): Promise<ChannelAnswer> {
    const { signal, deadline } = context
    const entered = circuit.enter()
    let outcome: Outcome = 'unknown'
    let sentAt: number | undefined
    let hasPlace = false
    try {
      const turn = bulkhead.enter(signal, deadline)
      if (turn) await turn
      hasPlace = true
      const now = performance.now()
      requireWanted(context, entered, now)
      sentAt = now
      const options = exchangeOf(request, context, timeouts[request.kind], now)
      options.onLate = circuit.suspect
      const reply = await exchange(connections, options)
      if (reply.bytes.length <= largestInCohort) await joinReplies()
      const { answer, masked } = readFor(request, reply)
      outcome = 'answered'
      probe.remember(request, context, sentAt)
      return { reply, answer, masked }
    } catch (error) {
      if (error instanceof NoAnswer) outcome = error.outcome
      if (error instanceof SubgraphFault)
        error.mayRetry =
          error.allowsResendOf(request.kind) &&
          !signal.aborted &&
          deadline - performance.now() >= retryDelays.maxDelay
      throw error
    } finally {
      if (hasPlace) bulkhead.leave()
      circuit.leave(entered, outcome, sentAt)
    }
  }

  return {
    url,
    async send(request, context) {
      try {
        return await attempt(request, context)
      } catch (error) {
        if (!mayRetry(error)) throw error
        // It is the first of the tries that the policy counts.
        let failed: unknown = error
        return retries[request.kind].execute(() => {
          if (failed === undefined) return attempt(request, context)
          const first = failed
          failed = undefined
          throw first
        })
      }
    },
    retire: () => circuit.stop(),
    destroy: () => {
      circuit.stop()
      return connections.destroy()
    },
  }
}

function createRetry(maxAttempts: number): RetryPolicy {
  return retry(handleWhen(mayRetry), { maxAttempts, backoff: new ExponentialBackoff(retryDelays) })
}

function mayRetry(error: unknown): boolean {
  return error instanceof SubgraphFault && error.mayRetry
}

/** @param timeoutMs the time for the response in milliseconds; undefined for a mutation, which is not interrupted */
function headersOf({ requestId, viewerToken }: RouterContext, timeoutMs: number | undefined): string[] {
  const headers = [
    'content-type',
    'application/json',
    'accept',
    'application/json',
    'x-request-id',
    requestId,
  ]
  if (timeoutMs !== undefined) headers.push(requestTimeoutHeader, String(Math.ceil(timeoutMs)))
  if (viewerToken !== undefined) headers.push(viewerHeader, viewerToken)
  return headers
}
