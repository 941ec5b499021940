import { accountNotFound, mutationRejected } from '../../../packages/platform/errors'
import { newId, requireId } from '../../../packages/platform/ids/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input/inputValidator'
import type { Edge } from '../../../packages/subgraph-kit/graphql/pagination'
import { requireExistingAccount } from '../../../packages/auth/viewer'
import { bodyLimits, canRead, maxDepth, type Comment } from '../domain/comment'
import type { CommentRecord } from '../repository'
import type { CommentsServiceDependencies } from './dependencies'
import { toCommentEdge } from './lists'

export interface NewComment {
  postId: string
  body: string
  parentId?: string | null
}

/** The use case of writing a comment. */
export function createAddCommentUseCase(dependencies: CommentsServiceDependencies) {
  const { viewer, repository, loaders, postProjection, deletedUsers, now } = dependencies

  async function depthBelow(parentId: string, postId: string): Promise<number> {
    const parent = await loaders.commentById.load(parentId)
    if (parent?.postId !== postId) {
      throw mutationRejected('NOT_FOUND', 'parentId', 'There is no such comment on this post.')
    }
    if (!canRead(viewer, parent)) {
      throw mutationRejected(
        'CONFLICT',
        'parentId',
        'This comment was deleted or hidden, and takes no more replies.',
      )
    }
    if (parent.depth >= maxDepth) {
      throw mutationRejected('OUT_OF_RANGE', 'parentId', `A thread is at most ${maxDepth} replies deep.`)
    }
    return parent.depth + 1
  }

  /**
   * What went while the comment was written has taken its comments along, and this one was not there yet: it is taken
   * back. Where only its author went there may be an answer by now, so that its place stays.
   */
  async function takeBackIfGone(comment: CommentRecord, authorId: string): Promise<void> {
    const { id, postId, underDraft } = comment
    const [known, authorIsGone] = await Promise.all([
      postProjection.find([postId]),
      deletedUsers.isDeleted(authorId),
    ])
    const post = known.get(postId)
    if (post === null) {
      await repository.remove(id)
      throw noSuchPost()
    }
    if (authorIsGone) {
      await repository.change({
        comment,
        allowedStatuses: ['VISIBLE', 'HIDDEN'],
        changes: { status: 'DELETED', body: null, authorId: null },
        eventType: 'comment.deleted',
        now: now(),
      })
      throw accountNotFound()
    }
    if (underDraft && post?.status === 'PUBLISHED') await repository.notePublished([postId])
  }

  return {
    /**
     * Writes a comment.
     *
     * @returns the comment, and its edge in the list that it joined
     * @throws Refused: NOT_FOUND for a post that does not show to the viewer, and for a parent that is not of that
     *   post; CONFLICT for a parent that the viewer cannot read; OUT_OF_RANGE for one too deep; the body's length
     * @throws UNAUTHENTICATED, also for an account that is gone
     * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT when posts must be asked and cannot: nothing is stored then
     */
    async add(input: NewComment): Promise<{ comment: Comment; commentEdge: Edge<Comment> }> {
      const author = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const postId = requireId('Post', input.postId, ['input', 'postId'])
      const parentId =
        input.parentId == null ? null : requireId('Comment', input.parentId, ['input', 'parentId'])
      const check = new InputValidator()
      const body = check.readMarkdown('body', input.body, bodyLimits)
      check.throwIfInvalid()
      const postStatus = await loaders.postStatus(postId)
      if (postStatus === null) throw noSuchPost()
      const createdAt = now()
      const comment: CommentRecord = {
        id: newId('Comment', createdAt.getTime()),
        postId,
        parentId,
        depth: parentId === null ? 0 : await depthBelow(parentId, postId),
        authorId: author.id,
        body,
        status: 'VISIBLE',
        createdAt,
        editedAt: null,
        underDraft: postStatus !== 'PUBLISHED',
      }
      await repository.insert(comment)
      loaders.forget()
      await takeBackIfGone(comment, author.id)
      return { comment, commentEdge: toCommentEdge(comment) }
    },
  }
}

const noSuchPost = () => mutationRejected('NOT_FOUND', 'postId', 'There is no such post.')
