import type { CountsDocument } from '../../../subgraphs/comments/repository/countDocuments'
import { waitUntil } from '../../support/processes'
import type { TestComments } from './support'

export const findCounts = (comments: TestComments, postId: string) =>
  comments.connection.collection<CountsDocument>('comment_counts').findOne({ _id: postId })

export const stored = (comments: Pick<TestComments, 'connection'>) =>
  comments.connection.collection<{ _id: string; postId: string; status: string; depth: number }>('comments')

/** Waits until no comment is marked and no journal is open. */
export const waitUntilCounted = ({ connection }: Pick<TestComments, 'connection'>): Promise<void> =>
  waitUntil(
    'all comments are counted',
    async () =>
      (await connection.collection('comments').findOne({ uncountedIn: { $exists: true } })) === null &&
      (await connection.collection('comment_counts').findOne({ 'journal.0': { $exists: true } })) === null,
    250_000,
  )

/** Counts the comments of a post themselves. */
export const countStored = async (comments: Pick<TestComments, 'connection'>, postId: string) => ({
  visible: await stored(comments).countDocuments({ postId, status: 'VISIBLE' }),
  topLevel: await stored(comments).countDocuments({ postId, depth: 0 }),
})
