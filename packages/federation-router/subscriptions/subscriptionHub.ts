import { GraphQLError } from 'graphql'
import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'

import type { Log } from '../../platform/log'
import { viewerHeader } from '../../auth/viewerToken'
import type { ConcurrencyBudget } from '../budgets/concurrencyBudget'
import type { Config } from '../../../router/config'
import type { RouterContext } from '../request/context'
import type { CompiledSubscription } from '../executors/executor'
import { identitySubgraph, type ViewerIdentity } from '../identity/authenticator'
import { parseEvent } from '../transport/responseParser'
import {
  createTokenExpiredMessage,
  createPositionMessage,
  createResyncMessage,
  createUnavailableMessage,
  type createMessageFormatter,
  type SubscriptionMessage,
} from './messages'
import { SubscriberQueue } from './subscriberQueue'
import { createSharedUpstreams, type SharedUpstream, type Subscriber } from './sharedUpstreams'
import { subscribeUpstream } from './upstream'

/** A subscription that is valid, within the limits, and compiled. */
export interface ValidatedSubscription extends CompiledSubscription {
  /** The last event of it that the client has had; undefined for one that begins. */
  resumePosition: string | undefined
}

export interface SubscribingClient {
  viewer: ViewerIdentity | undefined
  /** The client's network address. */
  address: string
}

/** The subscriptions to one supergraph. */
export interface SubscriptionHub {
  /**
   * @returns its events from now on, or after the event that the subscription names
   * @throws RATE_LIMITED, as a GraphQL error, when there are too many subscribers, or too many of this client
   */
  subscribe(subscription: ValidatedSubscription, client: SubscribingClient): SubscriberQueue
  /** Ends all, and whatever still comes. */
  endAll(last: SubscriptionMessage): void
}

export interface SubscriptionHubOptions {
  config: Config
  budget: ConcurrencyBudget
  /** The subscribers of all hubs together. */
  count: { subscribers: number }
  /** Where subgraphs are, by their names. */
  addresses: ReadonlyMap<string, string>
  dispatcher: Dispatcher
  format: ReturnType<typeof createMessageFormatter>
  log: Log
}

/**
 * Lets identical subscriptions share one upstream: its events are fetched, completed by the other subgraphs, and written
 * once for all of them. It is closed with its last subscriber.
 */
export function createSubscriptionHub(options: SubscriptionHubOptions): SubscriptionHub {
  const { config, budget, count, addresses, dispatcher, format, log } = options
  const store = createSharedUpstreams()
  let ended: SubscriptionMessage | undefined

  /** Never rejects. @returns what its subscribers are told at the end */
  async function follow(
    shared: SharedUpstream,
    { compiled: { primary, executeEvent }, variables, resumePosition, send }: ValidatedSubscription,
  ): Promise<SubscriptionMessage | undefined> {
    const { signal } = shared.controller
    const { service = '', writeBody } = primary ?? {}
    const requestId = randomUUID()
    // Anybody who is still there may ask for all of them: they see the same.
    const viewerToken = () => [...shared.subscribers.values()].at(0)?.viewer?.signViewerToken()

    async function onEvent(text: string, id: string | undefined): Promise<void> {
      const { response, maskedErrors } = parseEvent(text)
      for (const error of maskedErrors)
        log.error({ service, requestId, error }, "A subgraph's error was masked")
      const deadline = performance.now() + config.REQUEST_TIMEOUT_MS
      const context: RouterContext = { requestId, viewerToken: viewerToken(), signal, deadline }
      store.publish(shared, format(await executeEvent(response, { variables, context, send }), id))
    }

    try {
      const end = await subscribeUpstream({
        service,
        url: addresses.get(service) ?? '',
        body: writeBody?.(variables) ?? '',
        createHeaders: () => headersOf(requestId, viewerToken()),
        dispatcher,
        maxEventLength: config.MAX_RESPONSE_BYTES,
        resumePosition,
        reconnectMs: config.SUBSCRIPTION_RECONNECT_MS,
        signal,
        onEvent,
        onPosition: (id) => store.publish(shared, createPositionMessage(id)),
        log,
      })
      if (end === 'unavailable') return createUnavailableMessage(service)
      return end === 'lost' ? createResyncMessage('SUBGRAPH_LOST') : undefined
    } catch (error) {
      log.error({ service, requestId, err: error }, 'A subscription has failed')
      return createResyncMessage('SUBGRAPH_LOST')
    }
  }

  return {
    subscribe(subscription, { viewer, address }) {
      if (count.subscribers >= config.MAX_SUBSCRIPTIONS) throw tooMany()
      const slot = budget.acquire(address, viewer)
      count.subscribers++
      const { resumePosition } = subscription
      const what = `${viewerKey(viewer)}\n${subscription.key}`
      const known = ended ? undefined : store.find(what, resumePosition)
      const shared = known ?? store.add(what, resumePosition)
      const subscriber: Subscriber = { viewer, upstream: shared }
      let unwatch: (() => void) | undefined = undefined
      const queue = new SubscriberQueue(config.MAX_SUBSCRIPTION_BUFFER, () => {
        unwatch?.()
        count.subscribers--
        slot.release()
        const { upstream } = subscriber
        upstream.subscribers.delete(queue)
        if (upstream.subscribers.size > 0) return
        // Nobody joins what is being closed.
        store.remove(upstream)
        upstream.controller.abort()
      })
      shared.subscribers.set(queue, subscriber)
      if (ended) {
        queue.end(ended)
        return queue
      }
      unwatch = viewer?.watch((end) =>
        queue.end(
          end === 'invalid' ? createTokenExpiredMessage() : createUnavailableMessage(identitySubgraph),
        ),
      )
      if (!known) {
        void follow(shared, subscription).then((last) => {
          store.remove(shared)
          for (const each of [...shared.subscribers.keys()]) each.end(last)
        })
      } else if (shared.lastEventId !== undefined) queue.push(createPositionMessage(shared.lastEventId))
      return queue
    },
    endAll(last) {
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
function viewerKey(identified: ViewerIdentity | undefined): string {
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
