import { createCopies, type Known } from '../shared/feed/copies'
import { startDurableConsumer } from '../shared/feed/durableConsumer'
import { factPages, type FactsQuestion } from '../shared/feed/factPages'
import type { FeedEvent, RunningConsumer } from '../shared/feed/feed'
import { createFollowUp } from '../shared/feed/followUp'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Viewer } from '../shared/viewer'
import { askPostFacts, knownPostShape, standingOf, type KnownPost, type PostStanding } from './posts'

/** What becomes of comments when something becomes of their posts. Doing it again changes nothing. */
export interface CommentsOfPosts {
  /** The posts that comments stand under, page by page, of at most 500. */
  postIds(): AsyncIterable<readonly string[]>
  /** The same of comments that were written under drafts. */
  postIdsOfDrafts(): AsyncIterable<readonly string[]>
  /** The posts are published. */
  notePublished(postIds: readonly string[]): Promise<void>
  /** The posts are gone, and their comments with them. @throws when the signal is aborted, where more are left */
  removeUnder(postIds: readonly string[], signal: AbortSignal): Promise<void>
}

export interface KnownPostsOptions extends SubgraphTools {
  posts: Peer
  comments: CommentsOfPosts
}

export type KnownPosts = ReturnType<typeof createKnownPosts>

/** What is known here of posts, kept in step with them. A post that goes takes its comments along. */
export function createKnownPosts({ posts, comments, ...tools }: KnownPostsOptions) {
  const { connection, feed, asService, log } = tools
  const copies = createCopies<KnownPost>(connection, 'known_posts')
  // What takes long is left where it is: it is begun again at the next start.
  const closing = new AbortController()
  const { signal } = closing
  const followUp = createFollowUp({ copies, run: (ids) => comments.removeUnder(ids, signal), log })
  let consumer: RunningConsumer | undefined

  async function ask(question: FactsQuestion): Promise<Known<KnownPost>[]> {
    signal.throwIfAborted()
    return askPostFacts(posts, question, asService())
  }

  async function handle(events: readonly FeedEvent[]): Promise<void> {
    const known = events.flatMap(toKnown)
    await copies.apply(known)
    const gone = known.filter(({ facts }) => facts === null)
    await comments.removeUnder(idsOf(gone), signal)
    await comments.notePublished(idsOf(known.filter(({ facts }) => facts?.status === 'PUBLISHED')))
  }

  async function rebuild(): Promise<void> {
    // From nothing, too: with the index that they had.
    await copies.prepare()
    await copies.rebuild(factPages(ask), (ids) => ask({ ids }))
    for await (const ids of comments.postIds()) {
      await askForUnknown(ids)
      const known = await copies.find(ids)
      const gone = ids.filter((id) => known.get(id) === null)
      await comments.removeUnder(gone, signal)
    }
    for await (const ids of comments.postIdsOfDrafts()) {
      const known = await copies.find(ids)
      await comments.notePublished(ids.filter((id) => known.get(id)?.status === 'PUBLISHED'))
    }
  }

  /** A post was there before its comments: one that its owner does not have is gone. */
  async function askForUnknown(ids: readonly string[]): Promise<void> {
    const known = await copies.find(ids)
    const unknown = ids.filter((id) => !known.has(id))
    if (unknown.length === 0) return
    const present = await ask({ ids: unknown })
    const there = new Set(idsOf(present))
    const gone = unknown.filter((id) => !there.has(id)).map((id) => ({ id, sequence: 1, facts: null }))
    await copies.apply([...present, ...gone])
  }

  return {
    prepare: copies.prepare,
    find: copies.find,
    /** How each of these posts stands to a viewer. */
    async standings(viewer: Viewer, ids: readonly string[]): Promise<Map<string, PostStanding>> {
      const known = await copies.find(ids)
      return new Map(ids.map((id) => [id, standingOf(viewer, known.get(id))]))
    },
    start(): void {
      consumer = startDurableConsumer({
        feed,
        connection,
        topic: 'posts',
        consumer: 'comments.posts',
        handle,
        rebuild,
      })
      followUp.start()
    },
    async close(): Promise<void> {
      closing.abort()
      await consumer?.close()
      await followUp.stop()
    },
  }
}

const idsOf = (known: readonly Known<KnownPost>[]): string[] => known.map(({ id }) => id)

function toKnown({ type, entity: id, sequence, data }: FeedEvent): Known<KnownPost>[] {
  switch (type) {
    case 'post.created':
    case 'post.published':
    case 'post.changed':
      return [{ id, sequence, facts: knownPostShape.parse(data) }]
    case 'post.deleted':
      return [{ id, sequence, facts: null }]
    default:
      return []
  }
}
