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
}

/** A list to load a page of. */
interface PageKey {
  parentId: string
  first: number
}

const users = { handle: 1, displayName: 1, avatarUrl: 1 }
const postCards = { title: 1, excerpt: 1, tags: 1, publishedAt: 1, listedAt: 1, commentCount: 1, authorId: 1 }
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
}

/** Opens the databases of a running system for reading. */
export function createDataSources(connection: Connection) {
  const open = (name: string) => connection.useDb(`agora_${name}`)
  const userModel = createUserModel(open('users'))
  const eventModel = createEventModel(open('events'))
  const postModel = createPostModel(open('posts'))
  const commentModel = createCommentModel(open('comments'))

  /** Creates the reads of one request. */
  return () => ({
    posts: (first: number) =>
      postModel
        .find({ status: 'PUBLISHED' }, postCards)
        .sort({ listedAt: -1, _id: -1 })
        .limit(first + 1)
        .lean<PostRow[]>()
        .exec(),
    post: (id: string) =>
      postModel
        .findOne({ _id: id, status: 'PUBLISHED' }, { ...postCards, body: 1 })
        .lean<PostRow | null>()
        .exec(),
    event: (id: string) =>
      eventModel.findOne({ _id: id, wasPublished: true }, events).lean<EventRow | null>().exec(),
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

    replyCount: new DataLoader<string, number>(async (ids) => {
      const found = await commentModel.aggregate<{ _id: string; count: number }>([
        { $match: { parentId: { $in: [...ids] }, status: 'VISIBLE' } },
        { $group: { _id: '$parentId', count: { $sum: 1 } } },
      ])
      const byId = new Map(found.map(({ _id, count }) => [_id, count]))
      return ids.map((id) => byId.get(id) ?? 0)
    }),

    replies: new DataLoader<PageKey, CommentRow[], string>(
      async (keys) => {
        const limit = Math.max(...keys.map(({ first }) => first)) + 1
        const found = await commentModel.aggregate<{ _id: string; children: CommentRow[] }>([
          { $match: { _id: { $in: keys.map(({ parentId }) => parentId) } } },
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
        const byId = new Map(found.map(({ _id, children }) => [_id, children]))
        return keys.map(({ parentId, first }) => (byId.get(parentId) ?? []).slice(0, first + 1))
      },
      { cacheKeyFn: ({ parentId, first }) => `${parentId} ${first}` },
    ),
  })
}

export type DataSources = ReturnType<ReturnType<typeof createDataSources>>
