import {
  applyRoleChange,
  removesLastAdministrator,
  type AdminRegistry,
  type RoleChange,
} from '../domain/adminRegistry'
import type { AdminRegistryRepository } from '../repository/adminRegistry'
import type { UserRepository } from '../repository/users'
import { createConcurrencyLimiter } from './concurrencyLimiter'

export interface RoleManagerDependencies {
  users: UserRepository
  adminRegistry: AdminRegistryRepository
  now: () => Date
}

/** What became of a change: made, or why not. */
export type RoleChangeOutcome = 'done' | 'lastAdministrator' | 'noUser' | 'notAllowed'

export type RoleManager = ReturnType<typeof createRoleManager>

/** Gives roles and removes users, one change after the other through the {@link AdminRegistry}. */
export function createRoleManager({ users, adminRegistry, now }: RoleManagerDependencies) {
  // The ledger alone decides; waiting for one's turn here only saves tries that would be in vain.
  const turns = createConcurrencyLimiter(1)

  /** The ledger with nothing pending: what is, is finished first, whoever began it. */
  async function completePendingChange(): Promise<AdminRegistry> {
    for (;;) {
      const found = await adminRegistry.read()
      const { pending, version } = found
      if (!pending) return found
      if (pending.kind === 'role') await users.writeRole(pending.userId, pending.role, version, now())
      else await users.deleteUser(pending.userId, now(), pending.requestedAt)
      await adminRegistry.completeChange(version, applyRoleChange(found, pending))
    }
  }

  async function makeChange(change: RoleChange, by?: string): Promise<RoleChangeOutcome> {
    for (;;) {
      const present = await completePendingChange()
      if (by !== undefined && !present.administrators.includes(by)) return 'notAllowed'
      if (!(await users.accountById(change.userId))) return 'noUser'
      if (removesLastAdministrator(present, change)) return 'lastAdministrator'
      // The version holds all of this together: had anything changed since, the entry would not be made.
      if (await adminRegistry.beginChange(present.version, change)) {
        await completePendingChange()
        return 'done'
      }
    }
  }

  return {
    settle: completePendingChange,

    /**
     * Makes a change, unless it takes the last administrator away.
     *
     * @param by the administrator who asks for it, who must be one at the moment that decides; left out where no
     *   administrator is needed
     */
    applyChange: (change: RoleChange, by?: string): Promise<RoleChangeOutcome> =>
      turns.run(() => makeChange(change, by)),
  }
}
