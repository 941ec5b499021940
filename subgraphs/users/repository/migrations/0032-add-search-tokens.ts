import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { listSearchTokens } from '../../domain/userSearch'

interface NamedUser {
  _id: string
  handle: string
  displayName: string
  searchTokens?: string[]
}

const withoutTokens = { searchTokens: { $exists: false }, deletedAt: { $exists: false } }

/** Users of versions without a search for users. */
export const addSearchTokens: Migration = {
  name: '0032-add-search-tokens',
  description: 'Adds the tokens by which users are found.',
  countPending: (database) => database.collection('users').countDocuments(withoutTokens),
  run: ({ database, forEachBatch }) =>
    forEachBatch('users', async (range) => {
      const users = database.collection<NamedUser>('users')
      const found = await users
        .find({ ...range, ...withoutTokens }, { projection: { handle: 1, displayName: 1 } })
        .toArray()
      const writes = found.map(({ _id, handle, displayName }) => ({
        updateOne: {
          filter: { _id, handle, displayName },
          update: { $set: { searchTokens: listSearchTokens({ handle, displayName }) } },
        },
      }))
      return writes.length === 0 ? 0 : (await users.bulkWrite(writes, { ordered: false })).modifiedCount
    }),
}
