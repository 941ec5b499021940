import type { Migration } from '../../../../packages/subgraph-kit/migrations'

const withoutHandles = { handles: { $exists: false }, deletedAt: { $exists: false } }

/** Users of versions that did not reserve handles. */
export const addOwnHandles: Migration = {
  name: '0030-add-own-handles',
  description: 'Adds the list of handles that belong to a user, in which those given up stay reserved.',
  countPending: (database) => database.collection('users').countDocuments(withoutHandles),
  run: ({ database, forEachBatch }) =>
    forEachBatch('users', async (range) => {
      const { modifiedCount } = await database
        .collection<{ _id: string }>('users')
        .updateMany({ ...range, ...withoutHandles }, [{ $set: { handles: [{ name: '$handle' }] } }])
      return modifiedCount
    }),
}
