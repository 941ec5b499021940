import type { Copies, Known } from '../shared/feed/copies'
import { createFactsQuery, factPages, type FactsQuestion } from '../shared/feed/factPages'
import type { FeedEvent } from '../shared/feed/feed'
import { createKnown } from '../shared/feed/known'
import type { Peer } from '../shared/peer'
import type { SubgraphTools } from '../shared/subgraph/tools'
import type { Viewer } from '../shared/viewer'
import { knownPostShape, standingOf, type KnownPost, type PostStanding } from './posts'

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
  const ask = createFactsQuery(posts, 'postFacts', knownPostShape, tools.asService)

  /** A post was there before its comments: one that its owner does not have is gone. */
  async function askForUnknown(copies: Copies<KnownPost>, ids: readonly string[]): Promise<void> {
    const known = await copies.find(ids)
    const unknown = ids.filter((id) => !known.has(id))
    if (unknown.length === 0) return
    const present = await ask({ ids: unknown })
    const there = new Set(idsOf(present))
    const gone = unknown.filter((id) => !there.has(id)).map((id) => ({ id, sequence: 1, facts: null }))
    await copies.apply([...present, ...gone])
  }

  const known = createKnown<KnownPost>({
    ...tools,
    topic: 'posts',
    consumer: 'comments.posts',
    collectionName: 'known_posts',
    read,
    forget: comments.removeUnder,
    note: (heard) =>
      comments.notePublished(idsOf(heard.filter(({ facts }) => facts?.status === 'PUBLISHED'))),
    async rebuild(copies, signal) {
      const askOn = (question: FactsQuestion) => {
        signal.throwIfAborted()
        return ask(question)
      }
      await copies.rebuild(factPages(askOn), (ids) => askOn({ ids }))
      for await (const ids of comments.postIds()) {
        signal.throwIfAborted()
        await askForUnknown(copies, ids)
        const known = await copies.find(ids)
        const gone = ids.filter((id) => known.get(id) === null)
        await comments.removeUnder(gone, signal)
      }
      for await (const ids of comments.postIdsOfDrafts()) {
        const known = await copies.find(ids)
        await comments.notePublished(ids.filter((id) => known.get(id)?.status === 'PUBLISHED'))
      }
    },
  })
  return {
    ...known,
    /** How each of these posts stands to a viewer. */
    async standings(viewer: Viewer, ids: readonly string[]): Promise<Map<string, PostStanding>> {
      const found = await known.find(ids)
      return new Map(ids.map((id) => [id, standingOf(viewer, found.get(id))]))
    },
  }
}

const idsOf = (known: readonly Known<KnownPost>[]): string[] => known.map(({ id }) => id)

function read({ type, entity: id, sequence, data }: FeedEvent): Known<KnownPost> | undefined {
  switch (type) {
    case 'post.created':
    case 'post.published':
    case 'post.changed':
      return { id, sequence, facts: knownPostShape.parse(data) }
    case 'post.deleted':
      return { id, sequence, facts: null }
    default:
      return undefined
  }
}
