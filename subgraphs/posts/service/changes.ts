import { pickChangedFields } from '../../../packages/subgraph-kit/input/changedFields'
import { forbidden, mutationRejected } from '../../../packages/platform/errors'
import { newId, requireId } from '../../../packages/platform/ids/ids'
import { logModeration } from '../../../packages/auth/securityLog'
import { requireExistingAccount, type Viewer } from '../../../packages/auth/viewer'
import { canDelete, canUpdate, type ExcerptedPost, type Post } from '../domain/post'
import { readChanges, readContent, type NewPost, type PostUpdate } from '../domain/postInput'
import type { PostsServiceDependencies } from './dependencies'
import { findVisiblePost } from './visibility'
import { findConcurrentDeletion, requireVisibleEvent } from './referenceChecks'

/** What authors, and for deletions moderators, do to posts. Each is refused to an account that is gone. */
export function createChangeUseCases(dependencies: PostsServiceDependencies) {
  const { viewer, repository, loaders, deletedUsers, logSecurity, now } = dependencies

  /** @throws UNAUTHENTICATED, BAD_USER_INPUT; FORBIDDEN unless `may`; Refused with NOT_FOUND */
  async function requirePost(
    id: string,
    may: (viewer: Viewer, post: Post) => boolean,
  ): Promise<ExcerptedPost> {
    await requireExistingAccount(viewer, deletedUsers.isDeleted)
    const post = await findVisiblePost(dependencies, requireId('Post', id, ['input', 'postId']))
    if (!post) throw notFound()
    if (!may(viewer, post)) throw forbidden()
    return post
  }

  /** Makes a post what it was, unless somebody has changed it since. */
  async function takeBack(before: Post, { id, authorId, updatedAt }: Post): Promise<void> {
    const { title, body, imageUrl, tags, eventId } = before
    const content = { title, body, imageUrl, tags, eventId }
    await repository.update({ id, authorId, updatedAt }, content, before.updatedAt)
    loaders.postById.clear(id)
  }

  return {
    /** @throws UNAUTHENTICATED, BAD_USER_INPUT, SUBGRAPH_…; Refused */
    async createPost(input: NewPost): Promise<ExcerptedPost> {
      const { id: authorId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const content = readContent(input)
      if (content.eventId !== null) await requireVisibleEvent(dependencies, content.eventId)
      const createdAt = now()
      const post: Post = {
        id: newId('Post', createdAt.getTime()),
        ...content,
        status: input.publish ? 'PUBLISHED' : 'DRAFT',
        authorId,
        publishedAt: input.publish ? createdAt : null,
        createdAt,
        updatedAt: createdAt,
      }
      const stored = await repository.insert(post)
      const gone = await findConcurrentDeletion(dependencies, content.eventId)
      if (!gone) return stored
      await repository.remove(post.id, now())
      throw gone
    },

    /** @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN, SUBGRAPH_…; Refused */
    async updatePost(input: PostUpdate): Promise<ExcerptedPost> {
      const post = await requirePost(input.postId, canUpdate)
      const changes = pickChangedFields(post, readChanges(input))
      const { eventId } = changes
      const isNewEvent = eventId != null
      if (isNewEvent) await requireVisibleEvent(dependencies, eventId)
      if (Object.keys(changes).length === 0) return post
      const updated = await repository.update({ id: post.id, authorId: post.authorId }, changes, now())
      loaders.postById.clear(post.id)
      if (!updated) throw notFound()
      if (!isNewEvent) return updated
      const gone = await findConcurrentDeletion(dependencies, eventId)
      if (!gone) return updated
      await takeBack(post, updated)
      throw gone
    },

    /** Repeating it changes nothing. @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused */
    async publishPost(postId: string): Promise<ExcerptedPost> {
      const post = await requirePost(postId, canUpdate)
      if (post.status === 'PUBLISHED') return post
      const published = await repository.publish(post, now())
      loaders.postById.clear(post.id)
      if (published) return published
      // Another request was faster: to publish it, or to delete it.
      const other = await findVisiblePost(dependencies, post.id)
      if (!other) throw notFound()
      return other
    },

    /** @returns the ID of what is gone. @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused */
    async deletePost(postId: string): Promise<string> {
      const post = await requirePost(postId, canDelete)
      const removed = await repository.remove(post.id, now())
      loaders.postById.clear(post.id)
      if (!removed) throw notFound()
      const { id, authorId: ownerId } = post
      logModeration(logSecurity, viewer, { action: 'post.deleted', id, ownerId })
      return id
    },
  }
}

const notFound = () => mutationRejected('NOT_FOUND', 'postId', 'There is no such post.')
