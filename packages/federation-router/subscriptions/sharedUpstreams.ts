import type { ViewerIdentity } from '../identity/authenticator'
import type { SubscriptionMessage } from './messages'
import type { SubscriberQueue } from './subscriberQueue'

export interface Subscriber {
  viewer: ViewerIdentity | undefined
  /** The upstream that the subscriber receives messages of now. */
  upstream: SharedUpstream
}

/** One stream of a subgraph, shared by all subscribers that see the same events. */
export interface SharedUpstream {
  subscribers: Map<SubscriberQueue, Subscriber>
  controller: AbortController
  /** The resume position after its last message; undefined as long as none is known. */
  position: string | undefined
  /** Whether no event follows the position: a subgraph may omit the ids of some events. */
  isPositionExact: boolean
  /** Identifies the subscription and the data that its viewer may see. */
  key: string
  /** The position after which it began; undefined when it began with new events. */
  resumePosition: string | undefined
}

/** The upstreams of one supergraph. */
interface SharedUpstreams {
  all: ReadonlySet<SharedUpstream>
  /** Finds an upstream that a subscriber can join without missing an event. */
  find(key: string, resumePosition: string | undefined): SharedUpstream | undefined
  add(key: string, resumePosition: string | undefined): SharedUpstream
  /** Sends a message to all subscribers of an upstream. */
  publish(upstream: SharedUpstream, message: SubscriptionMessage): void
  remove(upstream: SharedUpstream): void
}

const createJoinKey = (key: string, resumePosition: string | undefined) =>
  resumePosition === undefined ? key : `${key}\n${resumePosition}`

/**
 * Subscribers without a resume position share the upstream that began without one. Subscribers that resume share an
 * upstream only before its first event, since later ones would miss that. Once two upstreams of the same subscription reach
 * the same position they are merged: after a restart, any number of resumed upstreams soon become one.
 */
export function createSharedUpstreams(): SharedUpstreams {
  const all = new Set<SharedUpstream>()
  const byKey = new Map<string, Set<SharedUpstream>>()
  const joinable = new Map<string, SharedUpstream>()

  function closeForJoins(upstream: SharedUpstream): void {
    const joinKey = createJoinKey(upstream.key, upstream.resumePosition)
    if (joinable.get(joinKey) === upstream) joinable.delete(joinKey)
  }

  function remove(upstream: SharedUpstream): void {
    closeForJoins(upstream)
    all.delete(upstream)
    const equals = byKey.get(upstream.key)
    equals?.delete(upstream)
    if (equals?.size === 0) byKey.delete(upstream.key)
  }

  function merge(from: SharedUpstream, into: SharedUpstream): void {
    for (const [queue, subscriber] of from.subscribers) {
      subscriber.upstream = into
      into.subscribers.set(queue, subscriber)
    }
    from.subscribers.clear()
    remove(from)
    from.controller.abort()
  }

  function mergeAtSamePosition(upstream: SharedUpstream): void {
    const other = [...(byKey.get(upstream.key) ?? [])].find(
      (candidate) =>
        candidate !== upstream &&
        candidate.isPositionExact &&
        candidate.position === upstream.position &&
        candidate.subscribers.size > 0,
    )
    if (!other) return
    // An upstream that began with new events stays joinable, so it is the one to keep.
    if (upstream.resumePosition === undefined) merge(other, upstream)
    else merge(upstream, other)
  }

  return {
    all,
    find: (key, resumePosition) => joinable.get(createJoinKey(key, resumePosition)),
    add(key, resumePosition) {
      const equals = byKey.get(key) ?? new Set()
      byKey.set(key, equals)
      const upstream: SharedUpstream = {
        subscribers: new Map(),
        controller: new AbortController(),
        position: resumePosition,
        isPositionExact: resumePosition !== undefined,
        key,
        resumePosition,
      }
      all.add(upstream)
      equals.add(upstream)
      joinable.set(createJoinKey(key, resumePosition), upstream)
      return upstream
    },
    publish(upstream, message) {
      if (upstream.resumePosition !== undefined && message.kind === 'event') closeForJoins(upstream)
      upstream.isPositionExact = message.id !== undefined && message.id !== upstream.position
      upstream.position = message.id
      for (const queue of [...upstream.subscribers.keys()]) queue.push(message)
      if (upstream.isPositionExact && upstream.subscribers.size > 0) mergeAtSamePosition(upstream)
    },
    remove,
  }
}
