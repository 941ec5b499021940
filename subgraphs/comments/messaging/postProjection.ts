import type { ProjectionStore, ProjectedEntity } from '../../../packages/event-log/mongo/projectionStore'
import type { DomainEvent } from '../../../packages/event-log/eventLog'
import { createProjection } from '../../../packages/event-log/projections/projection'
import { createSnapshotSource } from '../../../packages/subgraph-kit/messaging/snapshotSource'
import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import type { SubgraphResources } from '../../../packages/subgraph-kit/server/resources'
import type { Viewer } from '../../../packages/auth/viewer'
import {
  projectedPostSchema,
  resolvePostVisibility,
  type ProjectedPost,
  type PostVisibility,
} from '../domain/postVisibility'

/** What becomes of comments when something becomes of their posts. Doing it again changes nothing. */
export interface PostCascadeTarget {
  /** The posts that comments stand under, page by page, of at most 500. */
  postIds(): AsyncIterable<readonly string[]>
  /** The same of comments that were written under drafts. */
  postIdsOfDrafts(): AsyncIterable<readonly string[]>
  /** The posts are published. */
  notePublished(postIds: readonly string[]): Promise<void>
  /** The posts are gone, and their comments with them. @throws when the signal is aborted, where more are left */
  removeUnder(postIds: readonly string[], signal: AbortSignal): Promise<void>
}

export interface PostProjectionOptions extends SubgraphResources {
  posts: PeerClient
  comments: PostCascadeTarget
}

export type PostProjection = ReturnType<typeof createPostProjection>

/** What is known here of posts, kept in step with them. A post that goes takes its comments along. */
export function createPostProjection({ posts, comments, ...tools }: PostProjectionOptions) {
  const snapshot = createSnapshotSource(posts, 'postFacts', projectedPostSchema, tools.createServiceToken)

  /** A post was there before its comments: one that its owner does not have is gone. */
  async function askForUnknown(
    copies: ProjectionStore<ProjectedPost>,
    ids: readonly string[],
  ): Promise<void> {
    const known = await copies.find(ids)
    const unknown = ids.filter((id) => !known.has(id))
    if (unknown.length === 0) return
    const present = await snapshot.findByIds(unknown)
    const there = new Set(idsOf(present))
    const gone = unknown.filter((id) => !there.has(id)).map((id) => ({ id, sequence: 1, data: null }))
    await copies.apply([...present, ...gone])
  }

  const known = createProjection<ProjectedPost>({
    ...tools,
    topic: 'posts',
    consumer: 'comments.posts',
    collectionName: 'known_posts',
    toProjected: read,
    onDeleted: comments.removeUnder,
    onApplied: (heard) =>
      comments.notePublished(idsOf(heard.filter(({ data }) => data?.status === 'PUBLISHED'))),
    async rebuild(copies, signal) {
      await copies.rebuild(snapshot, signal)
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
    async standings(viewer: Viewer, ids: readonly string[]): Promise<Map<string, PostVisibility>> {
      const found = await known.find(ids)
      return new Map(ids.map((id) => [id, resolvePostVisibility(viewer, found.get(id))]))
    },
  }
}

const idsOf = (known: readonly ProjectedEntity<ProjectedPost>[]): string[] => known.map(({ id }) => id)

function read({ type, entity: id, sequence, data }: DomainEvent): ProjectedEntity<ProjectedPost> | undefined {
  switch (type) {
    case 'post.created':
    case 'post.published':
    case 'post.changed':
      return { id, sequence, data: projectedPostSchema.parse(data) }
    case 'post.deleted':
      return { id, sequence, data: null }
    default:
      return undefined
  }
}
