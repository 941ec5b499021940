import {
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
  comments: Pick<
    CommentRepository,
    'listPostIds' | 'listDraftPostIds' | 'markPostsPublished' | 'deleteCommentsOfPosts' | 'correctCounts'
  >
}

/** Creates the projection of posts, which deletes the comments of deleted posts. */
export function createPostProjection({ posts, comments, ...resources }: PostProjectionOptions) {
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

  return createProjection<ProjectedPost>({
    ...resources,
    topic: 'posts',
    consumer: 'comments.posts',
    collectionName: 'known_posts',
    toProjected,
    onDeleted: comments.deleteCommentsOfPosts,
    onApplied: (applied) =>
      comments.markPostsPublished(toIds(applied.filter(({ data }) => data?.status === 'PUBLISHED'))),
    async rebuild(store, signal) {
      await store.rebuild(snapshot, signal)
      for await (const ids of comments.listPostIds()) {
        signal.throwIfAborted()
        await projectMissing(store, ids)
        const projected = await store.find(ids)
        const deleted = ids.filter((id) => projected.get(id) === null)
        await comments.deleteCommentsOfPosts(deleted, signal)
        // The deletion of a restored post had removed its counts.
        await comments.correctCounts(ids, signal)
      }
      for await (const ids of comments.listDraftPostIds()) {
        const projected = await store.find(ids)
        await comments.markPostsPublished(ids.filter((id) => projected.get(id)?.status === 'PUBLISHED'))
      }
    },
  })
}

const toIds = (posts: readonly ProjectedEntity<ProjectedPost>[]): string[] => posts.map(({ id }) => id)

function toProjected(event: DomainEvent): ProjectedEntity<ProjectedPost> | undefined {
  const { type, entity: id, sequence, data } = event
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
