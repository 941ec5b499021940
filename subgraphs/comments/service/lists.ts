import type DataLoader from 'dataloader'

import {
  readPage,
  toConnection,
  toEdge,
  type Connection,
  type Edge,
  type Order,
  type PageArguments,
} from '../../../packages/subgraph-kit/graphql/pagination'
import { redactFor, latestFirst, oldestFirst, timeSortKey, type Comment } from '../domain/comment'
import type { CommentPageKey } from '../loaders'
import type { CommentRecord } from '../repository'
import type { CommentsServiceDependencies } from './dependencies'
import { recordPublishedPosts, nullOnDomainError } from './visibility'

/** One of the three lists that comments stand in. */
interface List {
  name: string
  order: Order
  pages: DataLoader<CommentPageKey, CommentRecord[], string>
  counts: DataLoader<string, number>
}

/** The edge of a comment in the list that it stands in by its place in the thread. */
export function toCommentEdge(comment: Comment): Edge<Comment> {
  const { postId, parentId } = comment
  const scope = parentId === null ? [postComments, postId] : [commentReplies, parentId]
  return toEdge(readPage({}, oldestFirst, scope), comment, timeSortKey)
}

const postComments = 'Post.comments'
const commentReplies = 'Comment.replies'

/** Lists of comments and how many there are. */
export function createListUseCases(dependencies: CommentsServiceDependencies) {
  const { viewer, loaders } = dependencies
  const topLevel: List = {
    name: postComments,
    order: oldestFirst,
    pages: loaders.pageByPost,
    counts: loaders.topLevelCountByPost,
  }
  const replies: List = {
    name: commentReplies,
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

  /** @throws BAD_USER_INPUT for a page that cannot be */
  async function pageOf(list: List, id: string, args: PageArguments): Promise<Connection<Comment>> {
    const page = readPage(args, list.order, [list.name, id])
    const rows = await list.pages.load({ id, page })
    const seen = rows.map((comment) => redactFor(viewer, comment))
    return toConnection(page, seen, timeSortKey, () => list.counts.load(id))
  }

  return {
    /** The top-level comments of a post that shows to the viewer, the empty places of deleted ones included. */
    topLevel: (postId: string, args: PageArguments) => pageOf(topLevel, postId, args),

    /** The direct replies to a comment that shows to the viewer, the empty places of deleted ones included. */
    replies: (id: string, args: PageArguments) => pageOf(replies, id, args),

    /** What a user wrote and everyone may read: nothing hidden, and nothing under a draft. */
    async writtenBy(userId: string, args: PageArguments): Promise<Connection<Comment>> {
      const drafts = await loaders.draftPostIdsByAuthor.load(userId)
      // Without posts' word, what was written under a draft stays out; the rest of the list does not depend on it.
      await recordPublishedPosts(dependencies, drafts).catch(nullOnDomainError)
      return pageOf(written, userId, args)
    },

    /** How many comments show under a post, replies included. */
    commentCount: (postId: string): Promise<number> => loaders.showingCountByPost.load(postId),

    /** How many direct replies to a comment show. */
    replyCount: (id: string): Promise<number> => loaders.showingCountByParent.load(id),
  }
}
