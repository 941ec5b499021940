import type { Migration } from '../../../../packages/subgraph-kit/migrations'

const keptMs = 90 * 24 * 60 * 60 * 1000

/** Published posts that earlier versions have deleted, with the time after which those versions remove them permanently. */
const removedEarly = {
  status: 'DELETED',
  'removal.status': 'PUBLISHED',
  $expr: { $lt: ['$purgeAt', { $add: ['$deletedAt', keptMs] }] },
}

export const keepDeletedPostsReadable: Migration = {
  name: '0060-keep-deleted-posts-readable',
  description: 'Keeps deleted posts that were published for 90 days, in which moderators can read them.',
  countPending: (database) => database.collection('posts').countDocuments(removedEarly),
  run: ({ database, forEachBatch }) =>
    forEachBatch('posts', async (range) => {
      const { modifiedCount } = await database
        .collection<{ _id: string }>('posts')
        .updateMany({ ...range, ...removedEarly }, [{ $set: { purgeAt: { $add: ['$deletedAt', keptMs] } } }])
      return modifiedCount
    }),
}
