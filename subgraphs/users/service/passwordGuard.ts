import { randomBytes } from 'node:crypto'

import { rateLimited } from '../../shared/errors'
import { accountLimit, addressLimit, secondsUntilForgotten, type Limit } from '../failure'
import type { FailureRepository } from '../failureRepository'
import { createUnmatchableHash, type PasswordHasher } from '../passwords'
import { createSlots } from '../slots'
import { canBeCredentials, type Account } from '../user'

export interface PasswordGuardDependencies {
  failures: FailureRepository
  hasher: PasswordHasher
  now: () => Date
}

/** One try at a password. */
export interface Guess {
  /** The email address that the account is named by. */
  email: string
  /** The account with this address; undefined when there is none. */
  account: Account | undefined
  password: string
  /** The network address that the try comes from. */
  address: string
}

// Each takes 19 MiB and one of libuv's four threads: one thread stays free for all else.
const hashesAtOnce = 3

export type PasswordGuard = ReturnType<typeof createPasswordGuard>

/** Checks passwords, counts failures, and hashes no more at once than the machine bears. One for a process. */
export function createPasswordGuard({ failures, hasher, now }: PasswordGuardDependencies) {
  const slots = createSlots(hashesAtOnce)
  const unmatchable = createUnmatchableHash()

  return {
    hash: (password: string) => slots.run(() => hasher.hash(password)),

    /**
     * Checks a password. Whether there is such an account makes no difference in what is done and how long it takes.
     *
     * A try counts as failed before it is checked and is taken back when it succeeds, so that many at once are no
     * more than the limit lets. Earlier failures stay counted after a success: the owner's signing in gives nobody
     * new tries.
     *
     * @throws RATE_LIMITED after too many failures, for the right password too
     */
    async check({ email, account, password, address }: Guess): Promise<boolean> {
      if (!canBeCredentials(email, password)) return false
      return slots.run(async () => {
        const takeBack = await countAll([accountLimit(email), addressLimit(address)])
        const good = await hasher.verify(account?.passwordHash ?? unmatchable, password)
        if (good) await takeBack()
        return good
      })
    },
  }

  async function countAll(limits: readonly Limit[]): Promise<() => Promise<void>> {
    const failure = { id: randomBytes(8).toString('hex'), at: now() }
    const counted: Limit[] = []
    const takeBack = async () => {
      await Promise.all(counted.map((limit) => failures.remove(limit, failure)))
    }
    for (const limit of limits) {
      const oldest = await failures.add(limit, failure)
      if (oldest) {
        await takeBack()
        const seconds = secondsUntilForgotten(oldest, failure.at)
        throw rateLimited(`Too many failed tries. Try again in ${seconds} seconds.`, seconds)
      }
      counted.push(limit)
    }
    return takeBack
  }
}
