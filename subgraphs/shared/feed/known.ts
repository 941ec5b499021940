import type { SubgraphTools } from '../subgraph/tools'
import { createCopies, type Copies, type Known } from './copies'
import { startDurableConsumer } from './durableConsumer'
import type { FeedEvent, RunningConsumer } from './feed'
import { createFollowUp } from './followUp'

export interface KnownOptions<Facts extends object> extends SubgraphTools {
  /** Where the copies are kept, in the consumer's own database. */
  collectionName: string
  /** The owner's name. */
  topic: string
  /** `<subgraph>.<what>`. */
  consumer: string
  /** What an event says of its entity; undefined for one that says nothing of it. */
  read(event: FeedEvent): Known<Facts> | undefined
  /**
   * Does what the end of these brings with it: as soon as it is heard of, and once more some time later. Doing it again
   * changes nothing.
   *
   * @throws AbortError where more is left when the signal is aborted: it goes on at the next start
   */
  forget(ids: readonly string[], signal: AbortSignal): Promise<void>
  /** Does what else comes of what was heard. */
  note?(heard: readonly Known<Facts>[]): Promise<void>
  /** Takes everything anew from the owner. @throws AbortError */
  rebuild(copies: Copies<Facts>, signal: AbortSignal): Promise<void>
}

/** What a subgraph knows of another's entities, kept in step through the feed, and what it does when they end. */
export function createKnown<Facts extends object>(options: KnownOptions<Facts>) {
  const { feed, connection, log, collectionName, topic, consumer, read, forget, note, rebuild } = options
  const copies = createCopies<Facts>(connection, collectionName)
  const closing = new AbortController()
  const { signal } = closing
  const followUp = createFollowUp({ copies, run: (ids) => forget(ids, signal), log })
  let running: RunningConsumer | undefined

  async function handle(events: readonly FeedEvent[]): Promise<void> {
    const heard = events.flatMap((event) => read(event) ?? [])
    await copies.apply(heard)
    const gone = heard.filter(({ facts }) => facts === null)
    if (gone.length > 0)
      await forget(
        gone.map(({ id }) => id),
        signal,
      )
    await note?.(heard)
  }

  return {
    prepare: copies.prepare,
    /** By ID: facts, null for what is gone; what is not known has no entry. */
    find: copies.find,
    endings: copies.endings,
    start(): void {
      running = startDurableConsumer({
        feed,
        connection,
        topic,
        consumer,
        handle,
        async rebuild() {
          // From nothing, too: with the index that they had.
          await copies.prepare()
          await rebuild(copies, signal)
        },
      })
      followUp.start()
    },
    /** Ends what is under way where it is; it goes on at the next start. */
    async close(): Promise<void> {
      const closed = running?.close()
      closing.abort()
      await closed
      await followUp.stop()
    },
  }
}
