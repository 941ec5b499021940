import { GraphQLScalarType } from 'graphql'

import type { CommentRow, DataSources, EventRow, PostRow, UserRow } from './data'

interface PageArguments {
  first: number
}

const toId = ({ _id }: { _id: string }) => _id

/** Returns a connection of rows that were read up to one row after the page. */
function toConnection<Row extends { _id: string }>(rows: Row[], first: number, readTime: (row: Row) => Date) {
  const nodes = rows.slice(0, first)
  const last = nodes.at(-1)
  const endCursor = last
    ? Buffer.from(JSON.stringify([readTime(last), last._id])).toString('base64url')
    : null
  return { nodes, pageInfo: { hasNextPage: rows.length > first, endCursor } }
}

const toPosts = (rows: PostRow[], first: number) => toConnection(rows, first, ({ listedAt }) => listedAt)
const toComments = (rows: CommentRow[], first: number) =>
  toConnection(rows, first, ({ createdAt }) => createdAt)

const findUser = (id: string | null, { user }: DataSources): Promise<UserRow | null> | null =>
  id === null ? null : user.load(id)

const isVisible = ({ status }: CommentRow) => status === 'VISIBLE'

/** The resolvers of an anonymous viewer. */
export const resolvers = {
  DateTime: new GraphQLScalarType<unknown, string>({
    name: 'DateTime',
    serialize(value) {
      if (value instanceof Date) return value.toISOString()
      throw new TypeError('A DateTime is a Date.')
    },
  }),
  Query: {
    posts: async (_: unknown, { first }: PageArguments, { posts }: DataSources) =>
      toPosts(await posts(first), first),
    post: (_: unknown, { id }: { id: string }, { post }: DataSources) => post(id),
    event: (_: unknown, { id }: { id: string }, { event }: DataSources) => event(id),
  },
  User: { id: toId },
  Post: {
    id: toId,
    author: ({ authorId }: PostRow, _: unknown, data: DataSources) => findUser(authorId, data),
    comments: async ({ _id }: PostRow, { first }: PageArguments, { comments }: DataSources) =>
      toComments(await comments(_id, first), first),
  },
  Comment: {
    id: toId,
    body: (comment: CommentRow) => (isVisible(comment) ? comment.body : null),
    author: (comment: CommentRow, _: unknown, data: DataSources) =>
      isVisible(comment) ? findUser(comment.authorId, data) : null,
    replyCount: ({ _id }: CommentRow, _: unknown, { replyCount }: DataSources) => replyCount(_id),
    replies: async ({ _id }: CommentRow, { first }: PageArguments, { replies }: DataSources) =>
      toComments(await replies({ parentId: _id, first }), first),
  },
  Event: {
    id: toId,
    seatsLeft: ({ capacity, seatsTaken }: EventRow) => (capacity === null ? null : capacity - seatsTaken),
    organizer: ({ organizerId }: EventRow, _: unknown, data: DataSources) => findUser(organizerId, data),
    posts: async ({ _id }: EventRow, { first }: PageArguments, { postsOfEvent }: DataSources) =>
      toPosts(await postsOfEvent(_id, first), first),
  },
}
