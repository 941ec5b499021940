import { pickChangedFields } from '../../../packages/subgraph-kit/input'
import { forbidden, mutationRejected } from '../../../packages/platform'
import { newId, requireId } from '../../../schema/ids'
import { requireExistingAccount } from '../../../packages/auth'
import { toPostEdited } from '../domain/domainEvents'
import { canUpdate, type ExcerptedPost, type Post } from '../domain/post'
import { readChanges, readNewPost, type NewPost, type PostUpdate } from '../domain/postInput'
import type { PostsServiceDependencies } from './dependencies'
import { findConcurrentDeletion, requireVisibleEvent } from './referenceChecks'
import { findVisiblePost, postNotFound } from './visibility'

/** Creates the use cases that create, update and publish posts. All throw UNAUTHENTICATED unless the viewer has an account. */
export function createChangeUseCases(dependencies: PostsServiceDependencies) {
  const { viewer, repository, loaders, isUserDeleted, countPost, now } = dependencies

  /** @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, also for a deleted post */
  async function requireOwnPost(id: string): Promise<ExcerptedPost> {
    await requireExistingAccount(viewer, isUserDeleted)
    const post = await findVisiblePost(dependencies, requireId('Post', id, ['input', 'postId']))
    if (!post || post.deletedAt) throw postNotFound()
    if (!canUpdate(viewer, post)) throw forbidden()
    return post
  }

  /** Restores the content of a post, unless another request has updated it since. */
  async function revertUpdate(before: Post, after: Post): Promise<void> {
    const { id, authorId, updatedAt } = after
    const { title, body, imageUrl, tags, eventId } = before
    const content = { title, body, imageUrl, tags, eventId }
    const edited = toPostEdited(after, content, now())
    await repository.update({ id, authorId, updatedAt }, content, before.updatedAt, edited)
    loaders.postById.clear(id)
  }

  return {
    /**
     * Creates a post. A repetition with the same idempotency key returns the first post for 24 hours.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; MutationRejectedError
     */
    async createPost(input: NewPost): Promise<ExcerptedPost> {
      const { id: authorId } = await requireExistingAccount(viewer, isUserDeleted)
      const { content, creationKey } = readNewPost(input, authorId)
      const earlier = creationKey !== undefined && (await repository.findCreated(creationKey, now()))
      if (earlier) return earlier
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
      const stored = await repository.insert(post, creationKey)
      // A concurrent request with the same key was faster.
      if (stored.id !== post.id) return stored
      const deletion = await findConcurrentDeletion(dependencies, content.eventId)
      if (!deletion) {
        countPost()
        return stored
      }
      await repository.undoInsertion(post.id, now())
      throw deletion
    },

    /**
     * Updates a post, for its author. CONFLICT when it was updated since the expected time.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN, SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; MutationRejectedError
     */
    async updatePost(input: PostUpdate): Promise<ExcerptedPost> {
      const post = await requireOwnPost(input.postId)
      const changes = pickChangedFields(post, readChanges(input))
      const { expectedUpdatedAt } = input
      if (expectedUpdatedAt && expectedUpdatedAt.getTime() !== post.updatedAt.getTime()) throw postChanged()
      const { eventId } = changes
      const isNewEvent = eventId != null
      if (isNewEvent) await requireVisibleEvent(dependencies, eventId)
      if (Object.keys(changes).length === 0) return post
      const { id, authorId, status } = post
      // The domain event describes the change of this state.
      const state = { id, authorId, status, eventId: post.eventId }
      const condition = { ...state, ...(expectedUpdatedAt && { updatedAt: expectedUpdatedAt }) }
      // Later than the update before, also within a millisecond, so that the expectation of an earlier state fails.
      const updatedAt = new Date(Math.max(now().getTime(), post.updatedAt.getTime() + 1))
      const edited = toPostEdited(post, changes, updatedAt)
      const updated = await repository.update(condition, changes, updatedAt, edited)
      loaders.postById.clear(id)
      if (!updated) {
        const current = await requireOwnPost(id)
        const hasMoved = current.status !== status || current.eventId !== post.eventId
        if (hasMoved && !expectedUpdatedAt) return this.updatePost(input)
        throw postChanged()
      }
      if (!isNewEvent) return updated
      const deletion = await findConcurrentDeletion(dependencies, eventId)
      if (!deletion) return updated
      await revertUpdate(post, updated)
      throw deletion
    },

    /**
     * Publishes a draft, for its author. Idempotent.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError
     */
    async publishPost(postId: string): Promise<ExcerptedPost> {
      const post = await requireOwnPost(postId)
      if (post.status === 'PUBLISHED') return post
      const published = await repository.publish(post, now())
      loaders.postById.clear(post.id)
      if (published) return published
      // A concurrent request has published, changed or deleted the post.
      const current = await findVisiblePost(dependencies, post.id)
      if (!current) throw postNotFound()
      return current.status === 'DRAFT' && !current.deletedAt ? this.publishPost(postId) : current
    },
  }
}

const postChanged = () =>
  mutationRejected('CONFLICT', 'expectedUpdatedAt', 'This post has changed since. Reload it, and try again.')
