import { EventEmitter, once } from 'node:events'

import { waitWithBackoff } from '../../platform'
import type { Log } from '../../platform/log'
import {
  isNextPosition,
  isSamePosition,
  type CappedPosition,
  type CappedTopic,
  type TopicDocument,
} from './cappedTopic'

/** The newest documents of a topic, in memory. */
export interface CappedTail {
  /** Returns a number that changes whenever there may be new documents. */
  version(): number
  /** Resolves when the version differs from this one. @throws AbortError */
  waitForChange(version: number, signal: AbortSignal): Promise<void>
  /** Reads new documents at once, after this process has appended some. */
  wake(): void
  /**
   * Returns the documents after a position; undefined when it is not in memory and the collection must be
   * read.
   */
  readAfter(position: CappedPosition): readonly TopicDocument[] | undefined
  close(): Promise<void>
}

const maxDocuments = 1000

/** The intervals between polls of an engine whose cursors do not wait for new documents. */
const minPollIntervalMs = 15
const maxPollIntervalMs = 250

/**
 * Creates the tail of one topic: one tailable cursor for all readers in this process, and the newest 1,000
 * documents. The cursor is reopened when it dies: when the server ends, when the collection is dropped, and
 * when its position is overwritten.
 */
export function createCappedTail(topic: CappedTopic, log: Log): CappedTail {
  const closing = new AbortController()
  const { signal } = closing
  const changes = new EventEmitter().setMaxListeners(0)
  let documents: TopicDocument[] = []
  let version = 0
  let failures = 0
  let running: Promise<void> | undefined
  let wake = () => {}

  function emitChange(): void {
    version++
    changes.emit('change')
  }

  async function readCursor(): Promise<void> {
    const newest = await topic.readNewest()
    if (signal.aborted) return
    documents = [newest]
    const cursor = topic.openTailCursor(newest)
    const stop = () => void cursor.close().catch(() => undefined)
    signal.addEventListener('abort', stop)
    try {
      // Readers must check for documents that were appended while no cursor was open.
      emitChange()
      for (let emptyPolls = 0; ;) {
        const polledAt = performance.now()
        const next = await cursor.tryNext()
        if (next) {
          failures = emptyPolls = 0
          if (!addDocuments([next, ...cursor.readBufferedDocuments()])) return
        } else if (cursor.closed || cursor.id?.isZero() !== false) return
        else if (performance.now() - polledAt < maxPollIntervalMs) await waitForPoll(emptyPolls++)
      }
    } finally {
      signal.removeEventListener('abort', stop)
      await cursor.close().catch(() => undefined)
    }
  }

  /**
   * Waits with an exponential backoff. A server waits for new documents before it responds, but the embedded
   * engine responds at once, so that polling without a pause would use a whole core.
   */
  function waitForPoll(emptyPolls: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(maxPollIntervalMs, minPollIntervalMs * 2 ** emptyPolls))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** @returns false when the documents do not follow the newest one */
  function addDocuments(added: readonly TopicDocument[]): boolean {
    for (const document of added) {
      const last = documents.at(-1)
      if (last && !isNextPosition(last, document)) return false
      documents.push(document)
    }
    if (documents.length > 2 * maxDocuments) documents = documents.slice(-maxDocuments)
    emitChange()
    return true
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await readCursor()
      } catch (error) {
        if (!signal.aborted)
          log.warn({ err: error, topic: topic.name }, 'Reading a topic failed and will be retried')
      }
      await waitWithBackoff(failures++, signal).catch(() => undefined)
    }
  }

  return {
    version: () => version,

    async waitForChange(seenVersion, abortSignal) {
      running ??= run()
      if (version === seenVersion) await once(changes, 'change', { signal: abortSignal })
    },

    wake: () => wake(),

    readAfter(position) {
      const [first] = documents
      if (!first || first.epoch !== position.epoch) return undefined
      const index = position.number - first.number
      const document = documents[index]
      return document && isSamePosition(document, position) ? documents.slice(index + 1) : undefined
    },

    async close() {
      closing.abort()
      wake()
      await running
    },
  }
}
