import type { OperationDefinitionNode } from 'graphql'
import { randomUUID } from 'node:crypto'
import type { Dispatcher } from 'undici'

import { viewerHeader } from '../../auth/tokens'
import { requestIdHeader, type JsonObject } from '../../platform'
import type { Log } from '../../platform/log'
import type { SubscriptionSlots } from '../budgets/subscriptionSlots'
import type { ExecutionOutcome, SubscriptionSource } from '../executors/executor'
import type { ViewerIdentity } from '../identity/authenticator'
import type { FetchContext } from '../transport/fetchContext'
import type { Tracer, TraceSpan } from '../../platform/telemetry'
import type { SubscriptionMetrics } from '../telemetry'
import type { ClientHeaders, HeaderRules } from '../transport/headerRules'
import { readErrorType } from '../transport/errors'
import { parseEvent } from '../transport/responseParser'
import {
  createPositionMessage,
  createResyncMessage,
  createTokenExpiredMessage,
  createUnavailableMessage,
  SubscriptionMessage,
} from './messages'
import { createSharedUpstreams, type SharedUpstream, type Subscriber } from './sharedUpstreams'
import { SubscriberQueue } from './subscriberQueue'
import { subscribeUpstream, type SourceEvent, type UpstreamProtocol } from './upstream'

/** Identifies a subscription by its document and its declared variables, in the order of their declarations. */
export function createSubscriptionKey(
  source: string,
  { name, variableDefinitions = [] }: OperationDefinitionNode,
  variables: JsonObject,
): string {
  const values = variableDefinitions.map(({ variable }) => JSON.stringify(variables[variable.name.value]))
  return [source, name?.value ?? '', ...values].join('\n')
}

/** A subscription that is valid and within the limits. */
export interface ValidatedSubscription {
  /** Equal for equal operations with equal variables. */
  key: string
  source: SubscriptionSource
  variables: JsonObject
  /** The position after which the events begin; undefined for new events only. */
  resumePosition: string | undefined
}

interface SubscribingClient {
  viewer: ViewerIdentity | undefined
  /** The network address. */
  address: string
  /** The headers for subgraphs; undefined without rules for headers. */
  clientHeaders?: ClientHeaders | undefined
}

/** The subscriptions to one supergraph. */
export interface SubscriptionHub {
  /**
   * Subscribes a client.
   *
   * @returns its messages
   * @throws RATE_LIMITED, as a GraphQL error, for too many subscribers or too many of this client
   */
  subscribe(subscription: ValidatedSubscription, client: SubscribingClient): Promise<SubscriberQueue>
  /** Ends all subscriptions, and each later one, with a message. */
  endAll(last: SubscriptionMessage): void
  countUpstreams(): number
}

/** The limits of subscriptions. */
export interface SubscriptionSettings {
  /** The most subscribers at the same time, over all protocols. */
  maxSubscribers: number
  /** The most that may wait for one subscriber, in characters of JSON. */
  maxBufferSize: number
  /** How long the router tries to reconnect to a subgraph before its subscriptions end; 0 ends them at once. */
  reconnectMs: number
  /** The time for the fetches that complete one event. */
  eventTimeoutMs: number
}

export interface SubscriptionHubOptions {
  settings: SubscriptionSettings
  /** Returns the protocol for subscriptions of a subgraph, and their URL. */
  getEndpoint(service: string, subgraphUrl: string): { protocol: UpstreamProtocol; url: string }
  /** Returns the largest event of a subgraph, in characters. */
  getMaxEventLength(service: string): number
  headerRules?: HeaderRules | undefined
  /** The slots of the subscribers of all hubs. */
  slots: SubscriptionSlots
  /** The number of subscribers of all hubs in this process. */
  count: { subscribers: number }
  /** The URLs of the subgraphs, by their names. */
  subgraphUrls: ReadonlyMap<string, string>
  dispatcher: Dispatcher
  /** Formats an execution result as the JSON text of a GraphQL response. */
  formatOutcome: (outcome: ExecutionOutcome) => string
  metrics?: SubscriptionMetrics | undefined
  /** Traces the delivery of events whose publisher has traced them. */
  tracer?: Tracer | undefined
  log: Log
}

/**
 * Shares one upstream among identical subscriptions: each source event is completed by the other subgraphs and serialized
 * once for all of them. The upstream is closed with its last subscriber.
 */
export function createSubscriptionHub(options: SubscriptionHubOptions): SubscriptionHub {
  const { settings, getEndpoint, getMaxEventLength, slots, count, subgraphUrls, dispatcher } = options
  const { formatOutcome, headerRules, metrics, tracer, log } = options
  const upstreams = createSharedUpstreams()
  let state: { phase: 'open' } | { phase: 'ended'; last: SubscriptionMessage } = { phase: 'open' }

  /** Starts the span of a delivery, for an event whose publisher is traced. The two traces are linked. */
  const startDeliverySpan = (service: string, { traceparent }: SourceEvent): TraceSpan | undefined =>
    traceparent === undefined
      ? undefined
      : tracer?.startSpan(`deliver ${service}`, undefined, { kind: 'consumer', links: [traceparent] })

  /** Receives events until the upstream ends. Never rejects. @returns the last message to its subscribers, if any */
  async function runUpstream(
    upstream: SharedUpstream,
    { source, variables, resumePosition }: ValidatedSubscription,
    clientHeaders: ClientHeaders | undefined,
  ): Promise<SubscriptionMessage | undefined> {
    const { signal } = upstream.controller
    const { service } = source
    const requestId = randomUUID()
    // The subscribers of an upstream see the same events, so any of their tokens will do.
    const signViewerToken = () => [...upstream.subscribers.values()].at(0)?.viewer?.signViewerToken()

    async function onEvent(event: SourceEvent): Promise<void> {
      metrics?.countEvent(service)
      const span = startDeliverySpan(service, event)
      try {
        await deliverEvent(event, span)
        span?.setAttributes({ 'subscription.subscribers': upstream.subscribers.size })
      } catch (error) {
        span?.setError(readErrorType(error))
        throw error
      } finally {
        span?.end()
      }
    }

    async function deliverEvent({ text, position }: SourceEvent, span: TraceSpan | undefined): Promise<void> {
      const { response, maskedErrors } = parseEvent(text)
      for (const error of maskedErrors)
        log.error({ service, requestId, error }, 'An error of a subgraph was masked')
      const deadline = performance.now() + settings.eventTimeoutMs
      const viewerToken = signViewerToken()
      const context: FetchContext = { requestId, viewerToken, clientHeaders, signal, deadline, span }
      const outcome = await source.executeEvent(response, variables, context)
      const [error] = outcome.texts ? [] : outcome.errors
      if (error) span?.setError(String(error.extensions['code'] ?? 'UNKNOWN'))
      metrics?.countDelivered(upstream.subscribers.size)
      upstreams.publish(upstream, new SubscriptionMessage(formatOutcome(outcome), 'event', position))
    }

    try {
      const end = await subscribeUpstream({
        service,
        ...getEndpoint(service, subgraphUrls.get(service) ?? ''),
        body: source.writeBody(variables),
        createHeaders: () => ({
          ...createHeaders(requestId, signViewerToken()),
          ...toRecord(headerRules?.write(service, clientHeaders ?? {})),
        }),
        dispatcher,
        maxEventLength: getMaxEventLength(service),
        resumePosition,
        reconnectMs: settings.reconnectMs,
        signal,
        onEvent,
        onInterruption: () => metrics?.countInterruption(service),
        onPosition: (position) => upstreams.publish(upstream, createPositionMessage(position)),
        log,
      })
      if (end === 'unavailable') return createUnavailableMessage(service)
      return end === 'lost' ? createResyncMessage('SUBGRAPH_LOST') : undefined
    } catch (error) {
      log.error({ service, requestId, err: error }, 'A subscription failed')
      return createResyncMessage('SUBGRAPH_LOST')
    }
  }

  async function startUpstream(
    upstream: SharedUpstream,
    subscription: ValidatedSubscription,
    clientHeaders: ClientHeaders | undefined,
  ): Promise<void> {
    const last = await runUpstream(upstream, subscription, clientHeaders)
    upstreams.remove(upstream)
    for (const queue of [...upstream.subscribers.keys()]) queue.end(last)
  }

  /** Removes a subscriber, and closes its upstream when that was the last one. */
  function unsubscribe(queue: SubscriberQueue, { upstream }: Subscriber): void {
    upstream.subscribers.delete(queue)
    if (upstream.subscribers.size > 0) return
    upstreams.remove(upstream)
    upstream.controller.abort()
  }

  return {
    async subscribe(subscription, { viewer, address, clientHeaders }) {
      const slot = await slots.acquire(address, viewer)
      count.subscribers++
      const { resumePosition } = subscription
      const headers = clientHeaders ? `${JSON.stringify(clientHeaders)}\n` : ''
      const key = `${createViewerKey(viewer)}\n${headers}${subscription.key}`
      const joined = state.phase === 'open' ? upstreams.find(key, resumePosition) : undefined
      const upstream = joined ?? upstreams.add(key, resumePosition)
      const subscriber: Subscriber = { viewer, upstream }
      let unwatch: (() => void) | undefined = undefined
      const queue = new SubscriberQueue(settings.maxBufferSize, (last) => {
        if (last?.resyncReason !== undefined) metrics?.countResync(last.resyncReason)
        unwatch?.()
        count.subscribers--
        slot.release()
        unsubscribe(queue, subscriber)
      })
      upstream.subscribers.set(queue, subscriber)
      if (state.phase === 'ended') {
        queue.end(state.last)
        return queue
      }
      unwatch = viewer?.watch((end) =>
        queue.end(end === 'invalid' ? createTokenExpiredMessage() : createUnavailableMessage(viewer.service)),
      )
      if (!joined) void startUpstream(upstream, subscription, clientHeaders)
      else if (upstream.position !== undefined) queue.push(createPositionMessage(upstream.position))
      return queue
    },
    countUpstreams: () => upstreams.all.size,
    endAll(last) {
      state = { phase: 'ended', last }
      for (const { subscribers } of [...upstreams.all])
        for (const queue of [...subscribers.keys()]) queue.end(last)
    },
  }
}

/** Returns the part of an identity that determines which data the viewer sees: user and role. */
function createViewerKey(identity: ViewerIdentity | undefined): string {
  const { viewer } = identity ?? {}
  return viewer?.kind === 'signedIn' ? `${viewer.role} ${viewer.id}` : ''
}

function createHeaders(requestId: string, viewerToken: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'text/event-stream',
    [requestIdHeader]: requestId,
    ...(viewerToken !== undefined && { [viewerHeader]: viewerToken }),
  }
}

/** Converts names and values in turn. */
function toRecord(headers: readonly string[] = []): Record<string, string> {
  const record: Record<string, string> = {}
  for (let index = 0; index < headers.length; index += 2)
    record[headers[index] ?? ''] = headers[index + 1] ?? ''
  return record
}
