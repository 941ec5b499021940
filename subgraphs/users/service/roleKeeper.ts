import { administratorsAfter, takesLastAdministrator, type Ledger, type RoleChange } from '../ledger'
import type { LedgerRepository } from '../ledgerRepository'
import type { UserRepository } from '../repository'
import { createSlots } from '../slots'

export interface RoleKeeperDependencies {
  users: UserRepository
  ledger: LedgerRepository
  now: () => Date
}

/** What became of a change: made, or why not. */
export type RoleOutcome = 'done' | 'lastAdministrator' | 'noUser' | 'notAllowed'

export type RoleKeeper = ReturnType<typeof createRoleKeeper>

/** Gives roles and removes users, one change after the other through the {@link Ledger}. */
export function createRoleKeeper({ users, ledger, now }: RoleKeeperDependencies) {
  // The ledger alone decides; waiting for one's turn here only saves tries that would be in vain.
  const turns = createSlots(1)

  /** The ledger with nothing pending: what is, is finished first, whoever began it. */
  async function settle(): Promise<Ledger> {
    for (;;) {
      const found = await ledger.read()
      const { pending, version } = found
      if (!pending) return found
      if (pending.kind === 'role') await users.writeRole(pending.userId, pending.role, version, now())
      else await users.remove(pending.userId, now(), pending.requestedAt)
      await ledger.close(version, administratorsAfter(found, pending))
    }
  }

  async function makeChange(change: RoleChange, by?: string): Promise<RoleOutcome> {
    for (;;) {
      const present = await settle()
      if (by !== undefined && !present.administrators.includes(by)) return 'notAllowed'
      if (!(await users.accountById(change.userId))) return 'noUser'
      if (takesLastAdministrator(present, change)) return 'lastAdministrator'
      // The version holds all of this together: had anything changed since, the entry would not be made.
      if (await ledger.enter(present.version, change)) {
        await settle()
        return 'done'
      }
    }
  }

  return {
    settle,

    /**
     * Makes a change, unless it takes the last administrator away.
     *
     * @param by the administrator who asks for it, who must be one at the moment that decides; left out where no
     *   administrator is needed
     */
    change: (change: RoleChange, by?: string): Promise<RoleOutcome> =>
      turns.run(() => makeChange(change, by)),
  }
}
