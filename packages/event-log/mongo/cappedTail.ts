import { EventEmitter, once } from 'node:events'

import type { Log } from '../../platform/log'
import { waitWithBackoff } from '../../platform/async/backoff'
import {
  isNextPosition,
  isSamePosition,
  type CappedPosition,
  type CappedTopic,
  type TopicDocument,
} from './cappedTopic'

export type CappedTail = ReturnType<typeof createCappedTail>

const mostRecent = 1000

/** Milliseconds: between two looks for what is new, where looking does not wait for it. */
const shortestRest = 15
const longestRest = 250

/**
 * The end of one topic: one tailable cursor for all who follow it in this process, and the last 1,000 documents in memory.
 * The cursor is opened anew when it dies, which it does when the server ends, when the collection is dropped, and when its
 * position is overwritten.
 */
export function createCappedTail(topic: CappedTopic, log: Log) {
  const closing = new AbortController()
  const { signal } = closing
  const changes = new EventEmitter().setMaxListeners(0)
  let recent: TopicDocument[] = []
  let version = 0
  let failures = 0
  let running: Promise<void> | undefined
  let wake = () => {}

  function change(): void {
    version++
    changes.emit('change')
  }

  async function followCursor(): Promise<void> {
    const newest = await topic.readNewest()
    if (signal.aborted) return
    recent = [newest]
    const cursor = topic.openTailCursor(newest)
    const stop = () => void cursor.close().catch(() => undefined)
    signal.addEventListener('abort', stop)
    try {
      // Whoever waits must look for what came while there was no cursor.
      change()
      for (let misses = 0; ;) {
        const asked = performance.now()
        const next = await cursor.tryNext()
        if (next) {
          failures = misses = 0
          if (!add([next, ...cursor.readBufferedDocuments()])) return
        } else if (cursor.closed || cursor.id?.isZero() !== false) return
        else if (performance.now() - asked < longestRest) await rest(misses++)
      }
    } finally {
      signal.removeEventListener('abort', stop)
      await cursor.close().catch(() => undefined)
    }
  }

  /**
   * The embedded engine answers at once where a server waits for something new, so that asking it again and again would
   * take a whole core: it is asked less and less often for as long as nothing happens.
   */
  function rest(misses: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(longestRest, shortestRest * 2 ** misses))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** @returns false where they do not follow what there is */
  function add(documents: readonly TopicDocument[]): boolean {
    for (const document of documents) {
      const last = recent.at(-1)
      if (last && !isNextPosition(last, document)) return false
      recent.push(document)
    }
    if (recent.length > 2 * mostRecent) recent = recent.slice(-mostRecent)
    change()
    return true
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await followCursor()
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error, topic: topic.name }, 'The feed is followed anew')
      }
      await waitWithBackoff(failures++, signal).catch(() => undefined)
    }
  }

  return {
    /** Changes whenever there may be something new. */
    version: () => version,

    /** Resolves once the version is another one. @throws AbortError */
    async waitForChange(seen: number, until: AbortSignal): Promise<void> {
      running ??= run()
      if (version === seen) await once(changes, 'change', { signal: until })
    },

    /** Says that there is something new: this process has published it. */
    wake: () => wake(),

    /** What follows a place; empty for the newest one, undefined where only the topic itself can tell. */
    readAfter(place: CappedPosition): readonly TopicDocument[] | undefined {
      const [first] = recent
      if (!first || first.epoch !== place.epoch) return undefined
      const index = place.number - first.number
      const there = recent[index]
      return there && isSamePosition(there, place) ? recent.slice(index + 1) : undefined
    },

    async close(): Promise<void> {
      closing.abort()
      wake()
      await running
    },
  }
}
