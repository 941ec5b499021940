import {
  applyRoleChange,
  canRequestChange,
  isWithoutEffect,
  removesLastAdministrator,
  toRoleChange,
  type AccountChange,
  type AdminRegistry,
} from '../domain/adminRegistry'
import { findSuspension } from '../domain/moderation/suspension'
import type { AdminRegistryRepository, UserRepository } from '../repository'
import { createConcurrencyLimiter } from './concurrencyLimiter'

interface RoleManagerDependencies {
  users: UserRepository
  adminRegistry: AdminRegistryRepository
  now: () => Date
}

/** The outcome of a change: `done`, or the reason why it was rejected. */
type RoleChangeOutcome = 'done' | 'lastAdministrator' | 'noUser' | 'notAllowed'

export type RoleManager = ReturnType<typeof createRoleManager>

/**
 * Creates the manager that changes roles, suspends and deletes users, one change at a time, through the
 * {@link AdminRegistry}.
 */
export function createRoleManager({ users, adminRegistry, now }: RoleManagerDependencies) {
  // The registry alone decides. Running one change at a time only avoids conflicts within this process.
  const changeLimiter = createConcurrencyLimiter(1)

  /** Completes a pending change, also of another process, and returns the registry without one. */
  async function completePendingChange(): Promise<AdminRegistry> {
    for (;;) {
      const registry = await adminRegistry.read()
      const { pending, version } = registry
      if (!pending) return registry
      if (pending.kind === 'role') await users.writeRole(pending, version, now())
      else await users.deleteUser(pending.userId, now(), pending.requestedAt)
      await adminRegistry.completeChange(version, applyRoleChange(registry, pending))
    }
  }

  async function tryChange(change: AccountChange, moderatorId?: string): Promise<RoleChangeOutcome> {
    for (;;) {
      const registry = await completePendingChange()
      const { administrators, version } = registry
      const accounts = await users.usersByIds([...administrators, change.userId, moderatorId ?? ''])
      const moderator = accounts.get(moderatorId ?? '')
      const target = accounts.get(change.userId)
      if (moderatorId !== undefined && !moderator) return 'notAllowed'
      if (!target) return 'noUser'
      if (moderator && !canRequestChange(change, moderator, target, now())) return 'notAllowed'
      const roleChange = toRoleChange(change, target, moderatorId ?? null)
      const suspended = [...accounts.values()].filter((each) => findSuspension(each, now()))
      if (removesLastAdministrator(registry, roleChange, new Set(suspended.map(({ id }) => id))))
        return 'lastAdministrator'
      if (isWithoutEffect(registry, change, target)) return 'done'
      // The version check makes these conditions atomic with the write: after any other change the write fails.
      if (await adminRegistry.beginChange(version, roleChange)) {
        await completePendingChange()
        return 'done'
      }
    }
  }

  return {
    completePendingChange,

    /**
     * Applies a change, unless it would leave no administrator who can act.
     *
     * @param moderatorId who requests it, and must still be allowed to when the change is recorded; omitted for changes of
     *   operators, and of users themselves
     */
    applyChange: (change: AccountChange, moderatorId?: string): Promise<RoleChangeOutcome> =>
      changeLimiter.run(() => tryChange(change, moderatorId)),
  }
}
