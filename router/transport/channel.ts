import { ExponentialBackoff, handleWhen, retry } from 'cockatiel'

import { createCohort } from '../../subgraphs/shared/cohort'
import type { Log } from '../../subgraphs/shared/log'
import { requestTimeoutHeader } from '../../subgraphs/shared/requestScope'
import { viewerHeader } from '../../subgraphs/shared/viewerToken'
import type { RouterContext } from '../context'
import { readFor, type ReadAnswer } from './answer'
import { createBulkhead } from './bulkhead'
import { createCircuit, type Outcome } from './circuit'
import { createConnections } from './connections'
import { exchange, type Received, type Reply } from './exchange'
import { ClientGone, NotAsked, SubgraphFault, TimeUp } from './failures'
import type { TransportSettings } from './settings'
import type { TransportRequest } from './transport'

/** An answer that was read, and its bytes where others may share it. */
export interface ChannelAnswer extends ReadAnswer {
  reply: Reply
}

/** The way to one subgraph. */
export interface Channel {
  readonly url: string
  /** @throws SubgraphFault, NotAsked, TimeUp, ClientGone */
  send(request: TransportRequest, context: RouterContext): Promise<ChannelAnswer>
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

const noBytes = Buffer.alloc(0)
/** In bytes. Larger ones would drive one another out of the caches, and would all be in memory at once. */
const largestInCohort = 16 * 1024
const joinReplies = createCohort()
const retryDelays = { initialDelay: 50, maxDelay: 250 }

/**
 * Opens connections as they are needed, keeps them alive, and sends over them under the policies of the subgraph:
 * again if it may be sent again (queries alone), unless its circuit is open, when there is a place, with a timeout.
 *
 * Every header is made here: nothing that the client sent reaches a subgraph but its operation.
 */
export function createChannel({ name, url, settings, received, log }: ChannelOptions): Channel {
  const { origin, pathname, search } = new URL(url)
  const path = pathname + search
  const connections = createConnections(origin)
  const circuit = createCircuit(name, settings, log)
  const bulkhead = createBulkhead(settings.MAX_FETCHES, settings.MAX_QUEUED_FETCHES)
  const retryQueries = retry(handleWhen(isWorthRetry), {
    maxAttempts: settings.QUERY_RETRIES,
    backoff: new ExponentialBackoff(retryDelays),
  })

  /** One try. @param entered what the circuit gave for it */
  function ask(request: TransportRequest, context: RouterContext, entered: number): Promise<Reply> {
    const { signal, deadline } = context
    // It may have waited, for its turn or to be sent again.
    if (signal.aborted) throw new ClientGone()
    if (circuit.hasOpenedSince(entered)) throw new NotAsked('The circuit has opened')
    const left = deadline - Date.now()
    if (left <= 0) throw new TimeUp()
    const isMutation = request.kind === 'mutation'
    const timeoutMilliseconds = isMutation ? settings.MUTATION_TIMEOUT_MS : settings.QUERY_TIMEOUT_MS
    return exchange(connections, {
      path,
      headers: headersOf(context, isMutation ? undefined : Math.min(left, timeoutMilliseconds)),
      body: request.body,
      timeoutMilliseconds,
      deadline,
      limit: settings.ANSWER_LIMIT,
      received,
      signal,
    })
  }

  async function attempt(request: TransportRequest, context: RouterContext): Promise<ChannelAnswer> {
    const { signal, deadline } = context
    const entered = circuit.enter()
    let outcome: Outcome = 'unknown'
    let hasPlace = false
    try {
      const turn = bulkhead.enter(signal, deadline)
      if (turn) await turn
      hasPlace = true
      const reply = await ask(request, context, entered)
      if (reply.bytes.length <= largestInCohort) await joinReplies()
      const { answer, masked } = readFor(request, reply)
      outcome = 'answered'
      // The promise that had to wait for it is old to the garbage collector, and would keep it for a while.
      if (!settings.SHARE_FETCHES) reply.bytes = noBytes
      return { reply, answer, masked }
    } catch (error) {
      if (error instanceof SubgraphFault) {
        outcome = 'failed'
        error.isLast = signal.aborted || deadline - Date.now() < retryDelays.maxDelay
      }
      throw error
    } finally {
      if (hasPlace) bulkhead.leave()
      circuit.leave(entered, outcome)
    }
  }

  return {
    url,
    async send(request, context) {
      try {
        return await attempt(request, context)
      } catch (error) {
        if (request.kind === 'mutation') throw error
        // It is the first of the tries that the policy counts.
        let failed: unknown = error
        return retryQueries.execute(() => {
          if (failed === undefined) return attempt(request, context)
          const first = failed
          failed = undefined
          throw first
        })
      }
    },
    destroy: () => connections.destroy(),
  }
}

function isWorthRetry(error: Error): boolean {
  return error instanceof SubgraphFault && !error.isLast
}

/** @param timeoutMs after which nobody waits for the response; undefined for a mutation, which is not interrupted */
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
