import {
  applyRoleChange,
  removesLastAdministrator,
  type AdminRegistry,
  type RoleChange,
} from '../domain/adminRegistry'
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
 * Creates the manager that changes roles and deletes users, one change at a time, through the {@link AdminRegistry}.
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
      if (pending.kind === 'role') await users.writeRole(pending.userId, pending.role, version, now())
      else await users.deleteUser(pending.userId, now(), pending.requestedAt)
      await adminRegistry.completeChange(version, applyRoleChange(registry, pending))
    }
  }

  async function tryChange(change: RoleChange, by?: string): Promise<RoleChangeOutcome> {
    for (;;) {
      const registry = await completePendingChange()
      if (by !== undefined && !registry.administrators.includes(by)) return 'notAllowed'
      if (!(await users.accountById(change.userId))) return 'noUser'
      if (removesLastAdministrator(registry, change)) return 'lastAdministrator'
      // The version check makes these conditions atomic with the write: after any other change the write fails.
      if (await adminRegistry.beginChange(registry.version, change)) {
        await completePendingChange()
        return 'done'
      }
    }
  }

  return {
    completePendingChange,

    /**
     * Applies a change, unless it would remove the last administrator.
     *
     * @param by the administrator who requests it and must still be one when the change is recorded; omitted for
     *   changes that need no administrator
     */
    applyChange: (change: RoleChange, by?: string): Promise<RoleChangeOutcome> =>
      changeLimiter.run(() => tryChange(change, by)),
  }
}
