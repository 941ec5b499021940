import type { Migration } from '../../../../packages/subgraph-kit/migrations'

interface Comment {
  _id: string
  counted?: object
  uncountedIn?: string
}

const isUncounted = { counted: { $exists: false }, uncountedIn: { $exists: false } }

/** The consumer of comments counts the marked comments. Until then they are counted when they are requested. */
export const markUncountedComments: Migration = {
  name: '0002-mark-uncounted-comments',
  description: 'Marks the comments that the stored counts of their posts do not include.',
  countPending: (database) => database.collection<Comment>('comments').countDocuments(isUncounted),
  run: ({ database, forEachBatch }) =>
    forEachBatch('comments', async (range) => {
      const { modifiedCount } = await database
        .collection<Comment>('comments')
        .updateMany({ ...range, ...isUncounted }, [{ $set: { uncountedIn: '$postId' } }])
      return modifiedCount
    }),
}
