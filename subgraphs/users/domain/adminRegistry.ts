import type { UserRole } from './user'

/** A change that can add or remove an administrator. */
export type RoleChange =
  | { kind: 'role'; userId: string; role: UserRole }
  /**
   * `requestedAt`: content that the user creates at this time or later is deleted with the account. Absent in entries
   * of earlier versions.
   */
  | { kind: 'removal'; userId: string; requestedAt?: Date }

/**
 * The list of administrators, in a single document, so that one atomic write decides whether an administrator remains.
 *
 * A change is recorded as `pending`, applied to the user's document, and then completed. No other change starts while
 * one is pending, and every process completes a pending change that it finds, so that a crash leaves no change half
 * applied. Each user's document holds a copy of the role for reads.
 */
export interface AdminRegistry {
  /** Incremented by every write. */
  version: number
  administrators: string[]
  pending: RoleChange | null
}

/** Returns whether the change removes the last administrator. False for a registry without administrators. */
export function removesLastAdministrator(registry: AdminRegistry, change: RoleChange): boolean {
  return registry.administrators.length > 0 && applyRoleChange(registry, change).length === 0
}

/** Returns the administrators after the change. */
export function applyRoleChange({ administrators }: AdminRegistry, change: RoleChange): string[] {
  const others = administrators.filter((id) => id !== change.userId)
  return change.kind === 'role' && change.role === 'ADMIN' ? [...others, change.userId] : others
}
