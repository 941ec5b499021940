import type { Migration } from '../../../../packages/subgraph-kit/migrations'

const withoutActivity = { status: { $in: ['DRAFT', 'PUBLISHED'] }, commentCount: { $exists: false } }

/** Posts of versions that did not store the number and time of comments; the consumer of comments corrects the values. */
export const addCommentActivity: Migration = {
  name: '0001-add-comment-activity',
  description: 'Adds the number and time of comments, by which posts are sorted, to posts without them.',
  countPending: (database) => database.collection('posts').countDocuments(withoutActivity),
  run: ({ database, forEachBatch }) =>
    forEachBatch('posts', async (range) => {
      const activity = { commentCount: 0, lastCommentedAt: new Date(0) }
      const { modifiedCount } = await database
        .collection<{ _id: string }>('posts')
        .updateMany({ ...range, ...withoutActivity }, { $set: activity })
      return modifiedCount
    }),
}
