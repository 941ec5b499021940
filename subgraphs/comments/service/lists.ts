import type DataLoader from 'dataloader'

import {
  readPage,
  toConnection,
  toEdge,
  type Connection,
  type Edge,
  type Order,
  type PageArguments,
} from '../../../packages/subgraph-kit/pagination'
import { isSameForAll, redactFor, type Comment, type CommentRecord } from '../domain/comment'
import type { PageKey } from '../../../packages/subgraph-kit/loaders'
import { latestFirst, oldestFirst, timeSortKey } from '../repository/orders'
import type { CommentsServiceDependencies } from './dependencies'
import { recordPublishedPosts, nullOnDomainError } from './visibility'

/** A list of the comments of each post, comment or author. */
interface CommentList {
  /** Part of the scope of cursors. */
  name: string
  order: Order
  pages: Pick<DataLoader<PageKey, CommentRecord[], string>, 'load'>
  count(id: string): Promise<number>
}

/** Returns the edge of a comment in `Post.comments` or `Comment.replies`. */
export function toCommentEdge(comment: Comment): Edge<Comment> {
  const { postId, parentId } = comment
  const scope = parentId === null ? [postComments, postId] : [commentReplies, parentId]
  return toEdge(readPage({}, oldestFirst, scope), comment, timeSortKey)
}

const postComments = 'Post.comments'
const commentReplies = 'Comment.replies'

/** Creates the use cases that list and count comments. */
export function createListUseCases(dependencies: CommentsServiceDependencies) {
  const { viewer, cachePolicy, loaders } = dependencies
  const topLevelComments: CommentList = {
    name: postComments,
    order: oldestFirst,
    pages: loaders.commentPageByPost,
    count: async (id) => (await loaders.countsByPost.load(id)).topLevel,
  }
  const replies: CommentList = {
    name: commentReplies,
    order: oldestFirst,
    pages: { load: loaders.loadReplies },
    count: (id) => loaders.replyCountByParent.load(id),
  }
  const commentsByAuthor: CommentList = {
    name: 'User.comments',
    order: latestFirst,
    pages: loaders.commentPageByAuthor,
    count: (id) => loaders.listedCountByAuthor.load(id),
  }

  /** @throws BAD_USER_INPUT for invalid pagination arguments */
  async function readList(list: CommentList, id: string, args: PageArguments): Promise<Connection<Comment>> {
    const page = readPage(args, list.order, [list.name, id])
    const rows = await list.pages.load({ id, page })
    if (!rows.every(isSameForAll)) cachePolicy.forbid()
    const redacted = rows.map((comment) => redactFor(viewer, comment))
    return toConnection(page, redacted, timeSortKey, () => list.count(id))
  }

  return {
    /** Returns the top-level comments of a visible post, including deleted ones. */
    topLevelComments: (postId: string, args: PageArguments) => readList(topLevelComments, postId, args),

    /** Returns the direct replies to a visible comment, including deleted ones. */
    replies: (id: string, args: PageArguments) => readList(replies, id, args),

    /** Returns the visible comments of a user on published posts. */
    async commentsByAuthor(userId: string, args: PageArguments): Promise<Connection<Comment>> {
      const draftPostIds = await loaders.draftPostIdsByAuthor.load(userId)
      // While the posts subgraph is unavailable, the list lacks comments on posts whose publication is not recorded yet.
      await recordPublishedPosts(dependencies, draftPostIds).catch(nullOnDomainError)
      return readList(commentsByAuthor, userId, args)
    },

    /** Returns the number of visible comments of a post, including replies. */
    commentCount: async (postId: string): Promise<number> =>
      (await loaders.countsByPost.load(postId)).visible,

    /** Returns the number of visible direct replies to a comment. */
    replyCount: (id: string): Promise<number> => loaders.visibleCountByParent.load(id),
  }
}
