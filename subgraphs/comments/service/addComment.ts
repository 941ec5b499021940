import { accountNotFound, mutationRejected } from '../../../packages/platform'
import { newId, requireId } from '../../../schema/ids'
import { InputValidator, readIdempotencyKey } from '../../../packages/subgraph-kit/input'
import type { Edge } from '../../../packages/subgraph-kit/pagination'
import { requireExistingAccount } from '../../../packages/auth'
import {
  bodyLimits,
  canReplyTo,
  maxDepth,
  redactFor,
  type Comment,
  type CommentRecord,
} from '../domain/comment'
import type { CommentsServiceDependencies } from './dependencies'
import { toCommentEdge } from './lists'

interface NewComment {
  postId: string
  body: string
  parentId?: string | null
  idempotencyKey?: string | null
}

/** Creates the use case that adds a comment. */
export function createAddCommentUseCase(dependencies: CommentsServiceDependencies) {
  const { viewer, repository, loaders, findProjectedPosts, isUserDeleted, countComment, now } = dependencies

  /** Returns the comment that a new one may reply to. @throws MutationRejectedError */
  async function requireParent(parentId: string, postId: string): Promise<CommentRecord> {
    const parent = await loaders.commentById.load(parentId)
    if (parent?.postId !== postId) {
      throw mutationRejected('NOT_FOUND', 'parentId', 'There is no such comment on this post.')
    }
    if (!canReplyTo(viewer, parent)) {
      throw mutationRejected(
        'CONFLICT',
        'parentId',
        'This comment was deleted or hidden and cannot be replied to.',
      )
    }
    if (parent.depth >= maxDepth) {
      throw mutationRejected(
        'OUT_OF_RANGE',
        'parentId',
        `Replies can be nested at most ${maxDepth} levels deep.`,
      )
    }
    return parent
  }

  /**
   * Applies the cascade of a post or author that was deleted while the comment was added, since it may have run before the
   * comment was stored.
   */
  async function applyConcurrentDeletion(comment: CommentRecord, authorId: string): Promise<void> {
    const { postId, underDraft } = comment
    const [projected, isAuthorDeleted] = await Promise.all([
      findProjectedPosts([postId]),
      isUserDeleted(authorId),
    ])
    const post = projected.get(postId)
    const isPostDeleted = post === null || post?.status === 'DELETED'
    if (isPostDeleted || isAuthorDeleted) {
      await repository.undoInsertion(comment, now())
      throw isPostDeleted ? postNotFound() : accountNotFound()
    }
    if (underDraft && post?.status === 'PUBLISHED') await repository.markPostsPublished([postId])
  }

  function toResult(record: CommentRecord): { comment: Comment; commentEdge: Edge<Comment> } {
    const comment = redactFor(viewer, record)
    return { comment, commentEdge: toCommentEdge(comment) }
  }

  return {
    /**
     * Adds a comment. A repetition with the same idempotency key returns the first comment for 24 hours.
     *
     * @returns the comment, and its edge in the list of its parent
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
     * @throws MutationRejectedError with NOT_FOUND for an invisible post and for a parent on another post, CONFLICT for a
     *   parent that the viewer cannot read, OUT_OF_RANGE for a parent at the maximum depth, or the codes of the body
     */
    async addComment(input: NewComment): Promise<{ comment: Comment; commentEdge: Edge<Comment> }> {
      const author = await requireExistingAccount(viewer, isUserDeleted)
      const postId = requireId('Post', input.postId, ['input', 'postId'])
      const parentId =
        input.parentId == null ? null : requireId('Comment', input.parentId, ['input', 'parentId'])
      const validator = new InputValidator()
      const body = validator.readMarkdown('body', input.body, bodyLimits)
      const creationKey = readIdempotencyKey(validator, input.idempotencyKey, author.id)
      validator.throwIfInvalid()
      const created = creationKey !== undefined && (await repository.findCreated(creationKey, now()))
      if (created) return toResult(created)
      const postStatus = await loaders.loadPostStatus(postId)
      if (postStatus === null || postStatus === 'DELETED') throw postNotFound()
      const parent = parentId === null ? null : await requireParent(parentId, postId)
      const createdAt = now()
      const comment: CommentRecord = {
        id: newId('Comment', createdAt.getTime()),
        postId,
        parentId,
        depth: parent ? parent.depth + 1 : 0,
        authorId: author.id,
        body,
        status: 'VISIBLE',
        createdAt,
        editedAt: null,
        underDraft: postStatus !== 'PUBLISHED',
        removedBy: null,
      }
      const earlier = await repository.insert(comment, parent?.authorId ?? null, creationKey)
      loaders.clearAll()
      // A concurrent request with the same key was faster.
      if (earlier) return toResult(earlier)
      await applyConcurrentDeletion(comment, author.id)
      countComment()
      return toResult(comment)
    },
  }
}

const postNotFound = () => mutationRejected('NOT_FOUND', 'postId', 'There is no such post.')
