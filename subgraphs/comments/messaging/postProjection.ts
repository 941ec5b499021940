import { z } from 'zod'

import {
  announceRebuild,
  createProjection,
  type DomainEvent,
  type ProjectedEntity,
  type ProjectionStore,
} from '../../../packages/event-log'
import { createSnapshotSource, type PeerClient } from '../../../packages/subgraph-kit/peers'
import type { SubgraphResources } from '../../../packages/subgraph-kit'
import { projectedPostSchema, type ProjectedPost } from '../domain/postVisibility'
import type { CommentRepository } from '../repository'

interface PostProjectionOptions extends SubgraphResources {
  posts: PeerClient
  /** See {@link createPurgePublisher}. */
  publishPurged(postIds: readonly string[]): Promise<void>
  comments: Pick<
    CommentRepository,
    'listPostIds' | 'markPostsPublished' | 'hideCommentsOfPosts' | 'deleteCommentsOfPosts' | 'correctCounts'
  >
}

/**
 * Creates the projection of posts, which hides the comments of deleted posts, and deletes those of posts that were removed for
 * good.
 */
export function createPostProjection({
  posts,
  comments,
  publishPurged,
  ...resources
}: PostProjectionOptions) {
  const snapshot = createSnapshotSource(posts, 'postFacts', projectedPostSchema, resources.createServiceToken)

  /** Projects posts that are not projected. A post with comments existed: it is deleted if its owner does not have it. */
  async function projectMissing(
    store: ProjectionStore<ProjectedPost>,
    ids: readonly string[],
  ): Promise<void> {
    const projected = await store.find(ids)
    const missing = ids.filter((id) => !projected.has(id))
    if (missing.length === 0) return
    const existing = await snapshot.findByIds(missing)
    const existingIds = new Set(toIds(existing))
    const deleted = missing
      .filter((id) => !existingIds.has(id))
      .map((id) => ({ id, sequence: 1, data: null }))
    await store.apply([...existing, ...deleted])
  }

  /** Shows the comments of published posts, and hides those of deleted ones. Idempotent. */
  async function applyStatuses(projected: ReadonlyMap<string, ProjectedPost | null>): Promise<void> {
    const selectIds = (status: string) =>
      [...projected].filter(([, post]) => post?.status === status).map(([id]) => id)
    await comments.hideCommentsOfPosts(selectIds('DELETED'))
    await comments.markPostsPublished(selectIds('PUBLISHED'))
  }

  const { find, ...projection } = createProjection<ProjectedPost>({
    ...resources,
    topic: 'posts',
    consumer: 'comments.posts',
    collectionName: 'known_posts',
    toProjected,
    async onDeleted(ids, signal) {
      await comments.deleteCommentsOfPosts(ids, signal)
      await publishPurged(ids)
    },
    async onApplied(applied) {
      // A late event has not changed the projection, which decides.
      const ids = toIds(applied.filter(({ data }) => data !== null))
      if (ids.length > 0) await applyStatuses(await find(ids))
    },
    async rebuild(store, signal) {
      await store.rebuild(snapshot, signal)
      for await (const ids of comments.listPostIds()) {
        signal.throwIfAborted()
        await projectMissing(store, ids)
        const projected = await store.find(ids)
        await applyStatuses(projected)
        const deleted = ids.filter((id) => projected.get(id) === null)
        await comments.deleteCommentsOfPosts(deleted, signal)
        // The deletion of a restored post had removed its counts.
        await comments.correctCounts(ids, signal)
      }
      await announceRebuild(resources.eventLog, 'comments')
    },
  })
  return { find, ...projection }
}

const toIds = (posts: readonly ProjectedEntity<ProjectedPost>[]): string[] => posts.map(({ id }) => id)

const deletionSchema = z.object({ authorId: z.string().nullable() })

function toProjected(event: DomainEvent): ProjectedEntity<ProjectedPost> | undefined {
  const { type, entity: id, sequence, data } = event
  switch (type) {
    case 'post.created':
    case 'post.published':
    case 'post.changed':
    case 'post.restored':
      return { id, sequence, data: projectedPostSchema.parse(data) }
    case 'post.deleted': {
      // Versions without restoration have published no data: the post was removed permanently.
      const deletion = deletionSchema.safeParse(data)
      return { id, sequence, data: deletion.success ? { status: 'DELETED', ...deletion.data } : null }
    }
    case 'post.purged':
      return { id, sequence, data: null }
    default:
      return undefined
  }
}
