import { GraphQLError } from 'graphql'
import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'

import type { Log } from '../../subgraphs/shared/log'
import { viewerHeader } from '../../subgraphs/shared/viewerToken'
import type { Config } from '../config'
import type { RouterContext } from '../context'
import type { CompiledOperation } from '../execution/compile'
import type { JsonObject } from '../execution/json'
import type { Send } from '../execution/run'
import type { Identified } from '../identity/identity'
import { readEvent } from '../transport/answer'
import { expired, resync, unavailable, type createEventFormat, type StreamEvent } from './events'
import { EventQueue } from './queue'
import { followUpstream } from './upstream'

/** A subscription that is valid, within the limits, and compiled. */
export interface AcceptedSubscription {
  /** The same for the same operation with the same variables. */
  key: string
  compiled: CompiledOperation
  variables: JsonObject
  send: Send
}

/** The subscriptions to one supergraph. */
export interface Hub {
  /** @returns its events from now on. @throws RATE_LIMITED, as a GraphQL error, when there are too many subscribers */
  join(subscription: AcceptedSubscription, viewer: Identified | undefined): EventQueue
  /** Ends all, and whatever still comes. */
  end(last: StreamEvent): void
}

export interface HubOptions {
  config: Config
  /** The subscribers of all hubs together. */
  count: { subscribers: number }
  /** Where subgraphs are, by their names. */
  addresses: ReadonlyMap<string, string>
  dispatcher: Dispatcher
  format: ReturnType<typeof createEventFormat>
  log: Log
}

/** One way to a subgraph, for all who have subscribed to the same and see the same. */
interface Shared {
  subscribers: Map<EventQueue, Identified | undefined>
  controller: AbortController
}

/**
 * Lets identical subscriptions share one upstream: its events are fetched, completed by the other subgraphs, and written
 * once for all of them. It is closed with its last subscriber.
 */
export function createHub({ config, count, addresses, dispatcher, format, log }: HubOptions): Hub {
  const underWay = new Map<string, Shared>()
  let ended: StreamEvent | undefined

  function open(key: string): Shared {
    const shared: Shared = { subscribers: new Map(), controller: new AbortController() }
    underWay.set(key, shared)
    return shared
  }

  function forget(key: string, shared: Shared): void {
    if (underWay.get(key) === shared) underWay.delete(key)
  }

  /** Never rejects. @returns what its subscribers are told at the end */
  async function follow(
    shared: Shared,
    { compiled: { primary, executeRest }, variables, send }: AcceptedSubscription,
  ): Promise<StreamEvent | undefined> {
    const { signal } = shared.controller
    const { service = '', writeBody } = primary ?? {}
    const requestId = randomUUID()
    // Anybody who is still there may ask for all of them: they see the same.
    const viewerToken = () => [...shared.subscribers.values()].at(0)?.sign()

    async function onEvent(text: string): Promise<void> {
      const { answer, masked } = readEvent(text)
      for (const error of masked) log.error({ service, requestId, error }, "A subgraph's error was masked")
      const deadline = Date.now() + config.REQUEST_TIMEOUT_MS
      const context: RouterContext = { requestId, viewerToken: viewerToken(), signal, deadline }
      const event = format(await executeRest(answer, { variables, context, send }))
      for (const queue of [...shared.subscribers.keys()]) queue.push(event)
    }

    try {
      const end = await followUpstream({
        service,
        url: addresses.get(service) ?? '',
        body: writeBody?.(variables) ?? '',
        headers: () => headersOf(requestId, viewerToken()),
        dispatcher,
        limit: config.ANSWER_LIMIT,
        reconnectMilliseconds: config.SUBSCRIPTION_RECONNECT_MS,
        signal,
        onEvent,
        log,
      })
      if (end === 'unavailable') return unavailable(service)
      return end === 'lost' ? resync('SUBGRAPH_LOST') : undefined
    } catch (error) {
      log.error({ service, requestId, err: error }, 'A subscription has failed')
      return resync('SUBGRAPH_LOST')
    }
  }

  return {
    join(subscription, viewer) {
      if (count.subscribers >= config.MAX_SUBSCRIPTIONS) throw tooMany()
      count.subscribers++
      const key = `${viewerKey(viewer)}\n${subscription.key}`
      const known = ended ? undefined : underWay.get(key)
      const shared = known ?? open(key)
      let expiry: NodeJS.Timeout | undefined
      const queue = new EventQueue(config.SUBSCRIPTION_BUFFER, () => {
        clearTimeout(expiry)
        count.subscribers--
        shared.subscribers.delete(queue)
        if (shared.subscribers.size > 0) return
        // Nobody joins what is being closed.
        forget(key, shared)
        shared.controller.abort()
      })
      shared.subscribers.set(queue, viewer)
      if (ended) {
        queue.end(ended)
        return queue
      }
      if (viewer && viewer.expiresAt < Infinity)
        expiry = setTimeout(() => queue.end(expired()), viewer.expiresAt - Date.now())
      if (!known) {
        void follow(shared, subscription).then((last) => {
          forget(key, shared)
          for (const each of [...shared.subscribers.keys()]) each.end(last)
        })
      }
      return queue
    },
    end(last) {
      ended = last
      for (const { subscribers } of [...underWay.values()])
        for (const queue of [...subscribers.keys()]) queue.end(last)
    },
  }
}

function tooMany(): GraphQLError {
  const retryAfter = 10
  return new GraphQLError('There are too many subscriptions now. Try again later.', {
    extensions: { code: 'RATE_LIMITED', retryAfter, http: { status: 503 } },
  })
}

/** The same for whoever sees the same: neither the session nor the client's address changes that, nor the time. */
function viewerKey(identified: Identified | undefined): string {
  const { viewer } = identified ?? {}
  return viewer?.kind === 'signedIn' ? `${viewer.role} ${viewer.id}` : ''
}

function headersOf(requestId: string, viewerToken: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    'x-request-id': requestId,
    ...(viewerToken !== undefined && { [viewerHeader]: viewerToken }),
  }
}
