import type { ViewerIdentity } from '../identity/authenticator'
import type { SubscriptionMessage } from './messages'
import type { SubscriberQueue } from './subscriberQueue'

/** Somebody who has subscribed, and the upstream whose events that one is given now. */
export interface Subscriber {
  viewer: ViewerIdentity | undefined
  upstream: SharedUpstream
}

/** One way to a subgraph, for all who have subscribed to the same and see the same. */
export interface SharedUpstream {
  subscribers: Map<SubscriberQueue, Subscriber>
  controller: AbortController
  /** Of the last event that its subscribers were given; undefined as long as none is known. */
  lastEventId: string | undefined
  /** Whether that event was the last one: a subgraph may leave out some ids. */
  isAtLastEventId: boolean
  /** What is subscribed to, and who sees it. */
  what: string
  /** The event after which it was begun; undefined for one that anybody may join. */
  after: string | undefined
}

/** The upstreams of one supergraph. */
export interface SharedUpstreams {
  all: ReadonlySet<SharedUpstream>
  /** One that may be joined: it has given nothing after the event, or is for those who have had none. */
  find(what: string, after: string | undefined): SharedUpstream | undefined
  add(what: string, after: string | undefined): SharedUpstream
  /** Gives all of its subscribers an event. */
  publish(shared: SharedUpstream, event: SubscriptionMessage): void
  /** It has ended. */
  remove(shared: SharedUpstream): void
}

const keyOf = ({ what, after }: Pick<SharedUpstream, 'what' | 'after'>) =>
  after === undefined ? what : `${what}\n${after}`

/**
 * Those who come back after an event have an upstream of their own, and share it with those alone who come back after the
 * same, before the next one: whoever came later would miss that. Once two upstreams with the same events have come equally
 * far one of them is enough: however many have come back after a restart, they are soon one again.
 */
export function createSharedUpstreams(): SharedUpstreams {
  const all = new Set<SharedUpstream>()
  /** All with the same events. */
  const groups = new Map<string, Set<SharedUpstream>>()
  const joinable = new Map<string, SharedUpstream>()

  function shut(shared: SharedUpstream): void {
    const key = keyOf(shared)
    if (joinable.get(key) === shared) joinable.delete(key)
  }

  function forget(shared: SharedUpstream): void {
    shut(shared)
    all.delete(shared)
    const group = groups.get(shared.what)
    group?.delete(shared)
    if (group?.size === 0) groups.delete(shared.what)
  }

  function merge(from: SharedUpstream, into: SharedUpstream): void {
    for (const [queue, subscriber] of from.subscribers) {
      subscriber.upstream = into
      into.subscribers.set(queue, subscriber)
    }
    from.subscribers.clear()
    forget(from)
    from.controller.abort()
  }

  function mergeEquals(shared: SharedUpstream): void {
    const equal = [...(groups.get(shared.what) ?? [])].find(
      (other) =>
        other !== shared &&
        other.isAtLastEventId &&
        other.lastEventId === shared.lastEventId &&
        other.subscribers.size > 0,
    )
    if (!equal) return
    // Others may come to the one that anybody may join.
    if (shared.after === undefined) merge(equal, shared)
    else merge(shared, equal)
  }

  return {
    all,
    find: (what, after) => joinable.get(keyOf({ what, after })),
    add(what, after) {
      const group = groups.get(what) ?? new Set()
      groups.set(what, group)
      const shared: SharedUpstream = {
        subscribers: new Map(),
        controller: new AbortController(),
        lastEventId: after,
        isAtLastEventId: after !== undefined,
        what,
        after,
      }
      all.add(shared)
      group.add(shared)
      joinable.set(keyOf(shared), shared)
      return shared
    },
    publish(shared, event) {
      if (shared.after !== undefined && event.kind === 'event') shut(shared)
      shared.isAtLastEventId = event.id !== undefined && event.id !== shared.lastEventId
      shared.lastEventId = event.id
      for (const queue of [...shared.subscribers.keys()]) queue.push(event)
      if (shared.isAtLastEventId && shared.subscribers.size > 0) mergeEquals(shared)
    },
    remove: forget,
  }
}
