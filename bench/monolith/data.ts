import DataLoader from 'dataloader'
import type { Connection } from 'mongoose'

import { createCommentModel } from '../../subgraphs/comments/repository/models'
import { createEventModel } from '../../subgraphs/events/repository/models'
import { createPostModel } from '../../subgraphs/posts/repository/models'
import { createUserModel } from '../../subgraphs/users/repository/models'

export interface UserRow {
  _id: string
  handle: string
  displayName: string
  avatarUrl: string | null
}

export interface PostRow {
  _id: string
  status: string
  title: string
  body?: string
  excerpt: string
  tags: string[]
  publishedAt: Date
  listedAt: Date
  commentCount: number
  authorId: string | null
}

export interface CommentRow {
  _id: string
  body: string | null
  status: string
  createdAt: Date
  authorId: string | null
}

export interface EventRow {
  _id: string
  title: string
  description: string
  startsAt: Date
  timeZone: string
  venue: { name: string | null; city: string | null } | null
  capacity: number | null
  seatsTaken: number
  waitlistCount: number
  organizerId: string | null
  wasPublished?: boolean
}

/** A list to load a page of. */
interface PageKey {
  parentId: string
  first: number
}

/** Up to one row more than the page has. */
interface ReplyPage {
  rows: CommentRow[]
  isWhole: boolean
}

const users = { handle: 1, displayName: 1, avatarUrl: 1 }
const postCards = {
  title: 1,
  status: 1,
  excerpt: 1,
  tags: 1,
  publishedAt: 1,
  listedAt: 1,
  commentCount: 1,
  authorId: 1,
}
const comments = { body: 1, status: 1, createdAt: 1, authorId: 1 }
const events = {
  title: 1,
  description: 1,
  startsAt: 1,
  timeZone: 1,
  venue: 1,
  capacity: 1,
  seatsTaken: 1,
  waitlistCount: 1,
  organizerId: 1,
  wasPublished: 1,
}

/** Opens the databases of a running system for reading. */
export function createDataSources(connection: Connection) {
  const open = (name: string) => connection.useDb(`agora_${name}`)
  const userModel = createUserModel(open('users'))
  const eventModel = createEventModel(open('events'))
  const postModel = createPostModel(open('posts'))
  const commentModel = createCommentModel(open('comments'))

  /**
   * Reads the replies to many comments in one scan of the index, which stops at as many rows as the pages of all have at most.
   *
   * @returns the pages that it has reached
   */
  async function scanReplies(
    parentIds: readonly string[],
    limit: number,
  ): Promise<Map<string, CommentRow[]>> {
    const maxRows = parentIds.length * limit
    const rows = await commentModel
      .find({ parentId: { $in: [...parentIds] } }, { ...comments, parentId: 1 })
      .sort({ parentId: 1, createdAt: 1, _id: 1 })
      .limit(maxRows)
      .lean<(CommentRow & { parentId: string })[]>()
    const pages = new Map<string, CommentRow[]>()
    for (const row of rows) {
      const page = pages.get(row.parentId)
      if (!page) pages.set(row.parentId, [row])
      else if (page.length < limit) page.push(row)
    }
    if (rows.length < maxRows) return new Map(parentIds.map((id) => [id, pages.get(id) ?? []]))
    const last = rows.at(-1)?.parentId ?? ''
    if ((pages.get(last)?.length ?? 0) < limit) pages.delete(last)
    return pages
  }

  async function joinReplies(
    parentIds: readonly string[],
    limit: number,
  ): Promise<Map<string, CommentRow[]>> {
    if (parentIds.length === 0) return new Map()
    const found = await commentModel.aggregate<{ _id: string; children: CommentRow[] }>([
      { $match: { _id: { $in: [...parentIds] } } },
      { $project: { _id: 1 } },
      {
        $lookup: {
          from: 'comments',
          localField: '_id',
          foreignField: 'parentId',
          pipeline: [{ $sort: { createdAt: 1, _id: 1 } }, { $limit: limit }, { $project: comments }],
          as: 'children',
        },
      },
    ])
    return new Map(found.map(({ _id, children }) => [_id, children]))
  }

  async function countReplies(parentIds: readonly string[]): Promise<Map<string, number>> {
    if (parentIds.length === 0) return new Map()
    const found = await commentModel.aggregate<{ _id: string; count: number }>([
      { $match: { parentId: { $in: [...parentIds] }, status: 'VISIBLE' } },
      { $group: { _id: '$parentId', count: { $sum: 1 } } },
    ])
    return new Map(found.map(({ _id, count }) => [_id, count]))
  }

  /** Creates the reads of one request. */
  return () => {
    const replies = new DataLoader<PageKey, ReplyPage, string>(
      async (keys) => {
        const limit = Math.max(...keys.map(({ first }) => first)) + 1
        const parentIds = keys.map(({ parentId }) => parentId)
        const scanned = await scanReplies(parentIds, limit)
        const missing = parentIds.filter((id) => !scanned.has(id))
        const joined = await joinReplies(missing, limit)
        return keys.map(({ parentId, first }) => {
          const rows = scanned.get(parentId) ?? joined.get(parentId) ?? []
          return { rows: rows.slice(0, first + 1), isWhole: rows.length <= first }
        })
      },
      { cacheKeyFn: ({ parentId, first }) => `${parentId} ${first}` },
    )
    /** The pages of replies that the request reads, by their parent. */
    const replyPages = new Map<string, Promise<ReplyPage>>()

    // Counts in the replies that the request reads anyway, and the others in the database.
    const replyCount = new DataLoader<string, number>(async (ids) => {
      const pages = await Promise.all(ids.map(async (id) => replyPages.get(id)))
      const counts = await countReplies(ids.filter((_, index) => !pages[index]?.isWhole))
      return ids.map((id, index) => {
        const page = pages[index]
        return page?.isWhole
          ? page.rows.filter(({ status }) => status === 'VISIBLE').length
          : (counts.get(id) ?? 0)
      })
    })

    return {
      posts: (first: number) =>
        postModel
          .find({ status: 'PUBLISHED' }, postCards)
          .sort({ listedAt: -1, _id: -1 })
          .limit(first + 1)
          .lean<PostRow[]>()
          .exec(),
      // By the ID alone, for which the database needs no plan.
      post: async (id: string) => {
        const post = await postModel.findOne({ _id: id }, { ...postCards, body: 1 }).lean<PostRow | null>()
        return post?.status === 'PUBLISHED' ? post : null
      },
      event: async (id: string) => {
        const event = await eventModel.findOne({ _id: id }, events).lean<EventRow | null>()
        return event?.wasPublished ? event : null
      },
      postsOfEvent: (eventId: string, first: number) =>
        postModel
          .find({ eventId, status: 'PUBLISHED' }, postCards)
          .sort({ listedAt: -1, _id: -1 })
          .limit(first + 1)
          .lean<PostRow[]>()
          .exec(),
      comments: (postId: string, first: number) =>
        commentModel
          .find({ postId, depth: 0 }, comments)
          .sort({ createdAt: 1, _id: 1 })
          .limit(first + 1)
          .lean<CommentRow[]>()
          .exec(),

      user: new DataLoader<string, UserRow | null>(async (ids) => {
        const found = await userModel.find({ _id: { $in: [...ids] } }, users).lean<UserRow[]>()
        const byId = new Map(found.map((user) => [user._id, user]))
        return ids.map((id) => byId.get(id) ?? null)
      }),

      replyCount: (parentId: string) => replyCount.load(parentId),

      replies(key: PageKey) {
        const page = replies.load(key)
        replyPages.set(key.parentId, page)
        return page.then(({ rows }) => rows)
      },
    }
  }
}

export type DataSources = ReturnType<ReturnType<typeof createDataSources>>
