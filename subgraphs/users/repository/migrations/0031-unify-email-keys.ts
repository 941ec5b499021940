import { readDuplicateKeyField } from '../../../../packages/subgraph-kit/mongo'
import type { Migration } from '../../../../packages/subgraph-kit/migrations'
import { toEmailKey } from '../../domain/emailAddresses'

interface UserWithAddress {
  _id: string
  emailKey: string
}

const internationalized = { emailKey: { $regex: '[^\\x00-\\x7f]' } }
const hasOldKey = ({ emailKey }: UserWithAddress) => toEmailKey(emailKey) !== emailKey

/**
 * Addresses with a domain in several spellings, such as `bücher.example` and `xn--bcher-kva.example`.
 *
 * Accounts that have become equal stay as they are: the one with the ASCII spelling, or else the oldest, has the new key.
 * The others keep their old key, and their owners sign in with the spelling that they signed up with. Nothing is removed.
 */
export const unifyEmailKeys: Migration = {
  name: '0031-unify-email-keys',
  description: 'Compares internationalized email addresses by the ASCII form of their domain.',
  async countPending(database) {
    const found = database
      .collection<UserWithAddress>('users')
      .find(internationalized, { projection: { emailKey: 1 } })
    let count = 0
    for await (const user of found) if (hasOldKey(user)) count++
    return count
  },
  run: ({ database, forEachBatch }) =>
    forEachBatch('users', async (range) => {
      const users = database.collection<UserWithAddress>('users')
      // In the order of IDs, which begin with the time of the sign-up.
      const found = await users
        .find({ ...range, ...internationalized }, { projection: { emailKey: 1 } })
        .sort({ _id: 1 })
        .toArray()
      let changed = 0
      for (const { _id, emailKey } of found.filter(hasOldKey)) {
        try {
          const update = { $set: { emailKey: toEmailKey(emailKey) } }
          changed += (await users.updateOne({ _id, emailKey }, update)).modifiedCount
        } catch (error) {
          if (readDuplicateKeyField(error) !== 'emailKey') throw error
        }
      }
      return changed
    }),
}
