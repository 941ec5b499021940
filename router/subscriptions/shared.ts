import type { Identified } from '../identity/identity'
import type { StreamEvent } from './events'
import type { EventQueue } from './queue'

/** Somebody who has subscribed, and the upstream whose events that one is given now. */
export interface Subscriber {
  viewer: Identified | undefined
  at: Shared
}

/** One way to a subgraph, for all who have subscribed to the same and see the same. */
export interface Shared {
  subscribers: Map<EventQueue, Subscriber>
  controller: AbortController
  /** Of the last event that its subscribers were given; undefined as long as none is known. */
  id: string | undefined
  /** Whether that event was the last one: a subgraph may leave out some ids. */
  isAtId: boolean
  /** What is subscribed to, and who sees it. */
  what: string
  /** The event after which it was begun; undefined for one that anybody may join. */
  after: string | undefined
}

/** The upstreams of one supergraph. */
export interface SharedStore {
  all: ReadonlySet<Shared>
  /** One that may be joined: it has given nothing after the event, or is for those who have had none. */
  find(what: string, after: string | undefined): Shared | undefined
  begin(what: string, after: string | undefined): Shared
  /** Gives all of its subscribers an event. */
  give(shared: Shared, event: StreamEvent): void
  /** It has ended. */
  forget(shared: Shared): void
}

const keyOf = ({ what, after }: Pick<Shared, 'what' | 'after'>) =>
  after === undefined ? what : `${what}\n${after}`

/**
 * Those who come back after an event have an upstream of their own, and share it with those alone who come back after the
 * same, before the next one: whoever came later would miss that. Once two upstreams with the same events have come equally
 * far one of them is enough: however many have come back after a restart, they are soon one again.
 */
export function createSharedStore(): SharedStore {
  const all = new Set<Shared>()
  /** All with the same events. */
  const groups = new Map<string, Set<Shared>>()
  const joinable = new Map<string, Shared>()

  function shut(shared: Shared): void {
    const key = keyOf(shared)
    if (joinable.get(key) === shared) joinable.delete(key)
  }

  function forget(shared: Shared): void {
    shut(shared)
    all.delete(shared)
    const group = groups.get(shared.what)
    group?.delete(shared)
    if (group?.size === 0) groups.delete(shared.what)
  }

  function merge(from: Shared, into: Shared): void {
    for (const [queue, subscriber] of from.subscribers) {
      subscriber.at = into
      into.subscribers.set(queue, subscriber)
    }
    from.subscribers.clear()
    forget(from)
    from.controller.abort()
  }

  function mergeEquals(shared: Shared): void {
    const equal = [...(groups.get(shared.what) ?? [])].find(
      (other) => other !== shared && other.isAtId && other.id === shared.id && other.subscribers.size > 0,
    )
    if (!equal) return
    // Others may come to the one that anybody may join.
    if (shared.after === undefined) merge(equal, shared)
    else merge(shared, equal)
  }

  return {
    all,
    find: (what, after) => joinable.get(keyOf({ what, after })),
    begin(what, after) {
      const group = groups.get(what) ?? new Set()
      groups.set(what, group)
      const shared: Shared = {
        subscribers: new Map(),
        controller: new AbortController(),
        id: after,
        isAtId: after !== undefined,
        what,
        after,
      }
      all.add(shared)
      group.add(shared)
      joinable.set(keyOf(shared), shared)
      return shared
    },
    give(shared, event) {
      if (shared.after !== undefined && event.kind === 'event') shut(shared)
      shared.isAtId = event.id !== undefined && event.id !== shared.id
      shared.id = event.id
      for (const queue of [...shared.subscribers.keys()]) queue.push(event)
      if (shared.isAtId && shared.subscribers.size > 0) mergeEquals(shared)
    },
    forget,
  }
}
