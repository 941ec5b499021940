import type DataLoader from 'dataloader'

import { DomainError, forbidden, refused } from '../shared/errors'
import { newId, requireId } from '../shared/ids'
import { InputCheck } from '../shared/inputCheck'
import {
  readPage,
  toConnection,
  toEdge,
  type Connection,
  type Edge,
  type Order,
  type PageArguments,
} from '../shared/pagination'
import { isViewer, requireRole, requireViewer, type Viewer } from '../shared/viewer'
import {
  asSeenBy,
  canDelete,
  canRead,
  canUpdate,
  latestFirst,
  maximumDepth,
  oldestFirst,
  placeOf,
  type Comment,
  type CommentActivity,
  type CommentStatus,
} from './comment'
import type { CommentLoaders, PageKey } from './loaders'
import type { CommentChange, CommentRecord, CommentRepository } from './repository'

export interface CommentsServiceDependencies {
  viewer: Viewer
  repository: CommentRepository
  loaders: CommentLoaders
  now: () => Date
}

export type CommentsService = ReturnType<typeof createCommentsService>

/** One of the three lists that comments stand in. */
interface List {
  name: string
  order: Order
  pages: DataLoader<PageKey, CommentRecord[], string>
  counts: DataLoader<string, number>
}

export interface NewComment {
  postId: string
  body: string
  parentId?: string | null
}

const bodyLimits = { max: 40_000 }

/**
 * The use cases of comments, for one viewer. Every comment that they return is as this viewer may see it.
 *
 * Whether a comment shows at all is its post's to say. What was written under a published post shows; what was
 * written under a draft shows to whom posts shows that draft, until it is seen to be published.
 */
export function createCommentsService({ viewer, repository, loaders, now }: CommentsServiceDependencies) {
  const topLevel: List = {
    name: 'Post.comments',
    order: oldestFirst,
    pages: loaders.pageByPost,
    counts: loaders.topLevelCountByPost,
  }
  const replies: List = {
    name: 'Comment.replies',
    order: oldestFirst,
    pages: loaders.pageByParent,
    counts: loaders.replyCountByParent,
  }
  const written: List = {
    name: 'User.comments',
    order: latestFirst,
    pages: loaders.pageByAuthor,
    counts: loaders.listedCountByAuthor,
  }

  const seen = (comment: Comment): Comment => asSeenBy(viewer, comment)

  async function find(id: string): Promise<CommentRecord | null> {
    const comment = await loaders.commentById.load(id)
    if (!comment?.underDraft || isViewer(viewer, comment.authorId)) return comment
    const postStatus = await loaders.postStatusById.load(comment.postId)
    await notePublished([comment.postId])
    return postStatus === null ? null : comment
  }

  /** For mutations: the comment as it is stored. */
  async function requireComment(id: string): Promise<CommentRecord> {
    const comment = await find(requireId('Comment', id, ['input', 'commentId']))
    if (!comment) throw notFound()
    return comment
  }

  async function notePublished(postIds: readonly string[]): Promise<void> {
    const statuses = await Promise.all(postIds.map((id) => loaders.postStatusById.load(id)))
    const published = postIds.filter((_, index) => statuses[index] === 'PUBLISHED')
    if (published.length > 0) await repository.notePublished(published)
  }

  /** @throws Refused with CONFLICT when the comment is deleted, unless that is what was asked for */
  async function change(id: string, statuses: readonly CommentStatus[], to: CommentChange): Promise<Comment> {
    const changed = await repository.change(id, statuses, to)
    loaders.forget()
    const comment = changed ?? (await loaders.commentById.load(id))
    if (!comment) throw notFound()
    if (comment.status === 'DELETED' && to.status !== 'DELETED') {
      throw refused('CONFLICT', 'commentId', 'This comment is deleted.')
    }
    return seen(comment)
  }

  /** @throws BAD_USER_INPUT for a page that cannot be */
  async function pageOf(list: List, id: string, args: PageArguments): Promise<Connection<Comment>> {
    const page = readPage(args, list.order, [list.name, id])
    const rows = await list.pages.load({ id, page })
    return toConnection(page, rows.map(seen), placeOf, () => list.counts.load(id))
  }

  async function depthBelow(parentId: string, postId: string): Promise<number> {
    const parent = await loaders.commentById.load(parentId)
    if (parent?.postId !== postId) {
      throw refused('NOT_FOUND', 'parentId', 'There is no such comment on this post.')
    }
    if (!canRead(viewer, parent)) {
      throw refused('CONFLICT', 'parentId', 'This comment was deleted or hidden, and takes no more replies.')
    }
    if (parent.depth >= maximumDepth) {
      throw refused('OUT_OF_RANGE', 'parentId', `A thread is at most ${maximumDepth} replies deep.`)
    }
    return parent.depth + 1
  }

  return {
    /** @returns null where there is none, or it stands under a draft that the viewer may not see */
    async comment(id: string): Promise<Comment | null> {
      const comment = await find(id)
      return comment && seen(comment)
    },

    /** The top-level comments of a post that shows to the viewer, the empty places of deleted ones included. */
    topLevel: (postId: string, args: PageArguments) => pageOf(topLevel, postId, args),

    /** The direct replies to a comment that shows to the viewer, the empty places of deleted ones included. */
    replies: (id: string, args: PageArguments) => pageOf(replies, id, args),

    /** What a user wrote and everyone may read: nothing hidden, and nothing under a draft. */
    async writtenBy(userId: string, args: PageArguments): Promise<Connection<Comment>> {
      const drafts = await loaders.draftPostIdsByAuthor.load(userId)
      // Without posts' word, what was written under a draft stays out; the rest of the list does not depend on it.
      await notePublished(drafts).catch(ignoreDomainError)
      return pageOf(written, userId, args)
    },

    /** How many comments show under a post, replies included. */
    commentCount: (postId: string): Promise<number> => loaders.showingCountByPost.load(postId),

    /** How many direct replies to a comment show. */
    replyCount: (id: string): Promise<number> => loaders.showingCountByParent.load(id),

    /** How much shows under each of these posts; every one of them has an entry. */
    activity: (postIds: readonly string[]): Promise<CommentActivity[]> => repository.activity(postIds),

    canUpdate: (comment: Comment): boolean => canUpdate(viewer, comment),
    canDelete: (comment: Comment): boolean => canDelete(viewer, comment),

    /**
     * Writes a comment.
     *
     * @returns the comment, and its edge in the list that it joined
     * @throws Refused: NOT_FOUND for a post that does not show to the viewer, and for a parent that is not of that
     *   post; CONFLICT for a parent that the viewer cannot read; OUT_OF_RANGE for one too deep; the body's length
     * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT when posts cannot be asked: nothing is stored then
     */
    async add(input: NewComment): Promise<{ comment: Comment; commentEdge: Edge<Comment> }> {
      const author = requireViewer(viewer)
      const postId = requireId('Post', input.postId, ['input', 'postId'])
      const parentId =
        input.parentId == null ? null : requireId('Comment', input.parentId, ['input', 'parentId'])
      const check = new InputCheck()
      const body = check.text('body', input.body, bodyLimits)
      check.done()
      const postStatus = await loaders.postStatusById.load(postId)
      if (postStatus === null) throw refused('NOT_FOUND', 'postId', 'There is no such post.')
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
      const [list, id] = parentId === null ? [topLevel, postId] : [replies, parentId]
      const page = readPage({}, list.order, [list.name, id])
      return { comment, commentEdge: toEdge(page, comment, placeOf) }
    },

    /** For the author. @throws Refused with CONFLICT for a deleted comment, or for the body's length */
    async edit({ commentId, body }: { commentId: string; body: string }): Promise<Comment> {
      requireViewer(viewer)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canUpdate(viewer, comment)) throw forbidden()
      const check = new InputCheck()
      const text = check.text('body', body, bodyLimits)
      check.done()
      return change(commentId, ['VISIBLE', 'HIDDEN'], { body: text, editedAt: now() })
    },

    /**
     * For the author, moderators and administrators. What was said and who said it leave the database; the place
     * in the thread stays. Once deleted, nobody knows whose it was, so that anybody may repeat it to no effect.
     */
    async delete(commentId: string): Promise<Comment> {
      requireViewer(viewer)
      const comment = await requireComment(commentId)
      if (comment.status !== 'DELETED' && !canDelete(viewer, comment)) throw forbidden()
      return change(commentId, ['VISIBLE', 'HIDDEN'], { status: 'DELETED', body: null, authorId: null })
    },

    /** For moderators and administrators; hiding what is hidden changes nothing. */
    async hide(commentId: string): Promise<Comment> {
      requireRole(viewer, 'MODERATOR')
      await requireComment(commentId)
      return change(commentId, ['VISIBLE'], { status: 'HIDDEN' })
    },

    /** For moderators and administrators; showing what is not hidden changes nothing. */
    async unhide(commentId: string): Promise<Comment> {
      requireRole(viewer, 'MODERATOR')
      await requireComment(commentId)
      return change(commentId, ['HIDDEN'], { status: 'VISIBLE' })
    },
  }
}

const notFound = () => refused('NOT_FOUND', 'commentId', 'There is no such comment.')

function ignoreDomainError(error: unknown): void {
  if (!(error instanceof DomainError)) throw error
}
