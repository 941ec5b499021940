import { GraphQLError } from 'graphql'
import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'

import type { Log } from '../../subgraphs/shared/log'
import { viewerHeader } from '../../subgraphs/shared/viewerToken'
import type { ConcurrencyBudget } from '../budgets/concurrency'
import type { Config } from '../config'
import type { RouterContext } from '../context'
import type { CompiledOperation } from '../execution/compile'
import type { JsonObject } from '../execution/json'
import type { Send } from '../execution/run'
import { identityService, type Identified } from '../identity/identity'
import { readEvent } from '../transport/answer'
import { expired, position, resync, unavailable, type createEventFormat, type StreamEvent } from './events'
import { EventQueue } from './queue'
import { createSharedStore, type Shared, type Subscriber } from './shared'
import { followUpstream } from './upstream'

/** A subscription that is valid, within the limits, and compiled. */
export interface AcceptedSubscription {
  /** The same for the same operation with the same variables. */
  key: string
  compiled: CompiledOperation
  variables: JsonObject
  /** The last event of it that the client has had; undefined for one that begins. */
  after: string | undefined
  send: Send
}

export interface SubscribingClient {
  viewer: Identified | undefined
  /** The client's network address. */
  address: string
}

/** The subscriptions to one supergraph. */
export interface Hub {
  /**
   * @returns its events from now on, or after the event that the subscription names
   * @throws RATE_LIMITED, as a GraphQL error, when there are too many subscribers, or too many of this client
   */
  join(subscription: AcceptedSubscription, client: SubscribingClient): EventQueue
  /** Ends all, and whatever still comes. */
  end(last: StreamEvent): void
}

export interface HubOptions {
  config: Config
  budget: ConcurrencyBudget
  /** The subscribers of all hubs together. */
  count: { subscribers: number }
  /** Where subgraphs are, by their names. */
  addresses: ReadonlyMap<string, string>
  dispatcher: Dispatcher
  format: ReturnType<typeof createEventFormat>
  log: Log
}

/**
 * Lets identical subscriptions share one upstream: its events are fetched, completed by the other subgraphs, and written
 * once for all of them. It is closed with its last subscriber.
 */
export function createHub(options: HubOptions): Hub {
  const { config, budget, count, addresses, dispatcher, format, log } = options
  const store = createSharedStore()
  let ended: StreamEvent | undefined

  /** Never rejects. @returns what its subscribers are told at the end */
  async function follow(
    shared: Shared,
    { compiled: { primary, executeRest }, variables, after, send }: AcceptedSubscription,
  ): Promise<StreamEvent | undefined> {
    const { signal } = shared.controller
    const { service = '', writeBody } = primary ?? {}
    const requestId = randomUUID()
    // Anybody who is still there may ask for all of them: they see the same.
    const viewerToken = () => [...shared.subscribers.values()].at(0)?.viewer?.sign()

    async function onEvent(text: string, id: string | undefined): Promise<void> {
      const { answer, masked } = readEvent(text)
      for (const error of masked) log.error({ service, requestId, error }, "A subgraph's error was masked")
      const deadline = performance.now() + config.REQUEST_TIMEOUT_MS
      const context: RouterContext = { requestId, viewerToken: viewerToken(), signal, deadline }
      store.give(shared, format(await executeRest(answer, { variables, context, send }), id))
    }

    try {
      const end = await followUpstream({
        service,
        url: addresses.get(service) ?? '',
        body: writeBody?.(variables) ?? '',
        headers: () => headersOf(requestId, viewerToken()),
        dispatcher,
        limit: config.ANSWER_LIMIT,
        after,
        reconnectMilliseconds: config.SUBSCRIPTION_RECONNECT_MS,
        signal,
        onEvent,
        onPosition: (id) => store.give(shared, position(id)),
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
    join(subscription, { viewer, address }) {
      if (count.subscribers >= config.MAX_SUBSCRIPTIONS) throw tooMany()
      const slot = budget.open(address, viewer)
      count.subscribers++
      const { after } = subscription
      const what = `${viewerKey(viewer)}\n${subscription.key}`
      const known = ended ? undefined : store.find(what, after)
      const shared = known ?? store.begin(what, after)
      const subscriber: Subscriber = { viewer, at: shared }
      let unwatch: (() => void) | undefined = undefined
      const queue = new EventQueue(config.SUBSCRIPTION_BUFFER, () => {
        unwatch?.()
        count.subscribers--
        slot.release()
        const { at } = subscriber
        at.subscribers.delete(queue)
        if (at.subscribers.size > 0) return
        // Nobody joins what is being closed.
        store.forget(at)
        at.controller.abort()
      })
      shared.subscribers.set(queue, subscriber)
      if (ended) {
        queue.end(ended)
        return queue
      }
      unwatch = viewer?.watch((end) =>
        queue.end(end === 'invalid' ? expired() : unavailable(identityService)),
      )
      if (!known) {
        void follow(shared, subscription).then((last) => {
          store.forget(shared)
          for (const each of [...shared.subscribers.keys()]) each.end(last)
        })
      } else if (shared.id !== undefined) queue.push(position(shared.id))
      return queue
    },
    end(last) {
      ended = last
      for (const { subscribers } of [...store.all])
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
