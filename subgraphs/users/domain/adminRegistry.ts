import { canModerateAccount } from './moderation/permissions'
import { findSuspension, type Suspension } from './moderation/suspension'
import type { User, UserRole } from './user'

/** A requested change that can add or remove an administrator who is able to act. */
export type AccountChange =
  | { kind: 'role'; userId: string; role: UserRole }
  /** `suspension`: null lifts the present one. */
  | { kind: 'suspension'; userId: string; suspension: Suspension | null }
  /** `requestedAt`: content that the user creates at this time or later is deleted with the account. */
  | { kind: 'removal'; userId: string; requestedAt?: Date }

/**
 * A change as the registry stores it. A suspension is stored as a change to the present role, so that a process of the
 * version before, which completes a pending change, only writes that role.
 */
export type RoleChange =
  | {
      kind: 'role'
      userId: string
      role: UserRole
      /** Absent: unchanged; null: lifted. */
      suspension?: Suspension | null
      /** Who requested it; null for operators. Absent in entries of earlier versions. */
      moderatorId?: string | null
    }
  /** `requestedAt`: absent in entries of earlier versions. */
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

/** Converts a requested change into the form that is stored. @param moderatorId null for operators */
export function toRoleChange(change: AccountChange, target: User, moderatorId: string | null): RoleChange {
  switch (change.kind) {
    case 'role':
      return { ...change, moderatorId }
    case 'suspension': {
      const { userId, suspension } = change
      return { kind: 'role', userId, role: target.role, suspension, moderatorId }
    }
    case 'removal':
      return change
  }
}

/** Returns whether a moderator may request a change of this account. Removals are requested by the users themselves. */
export function canRequestChange(change: AccountChange, moderator: User, target: User, now: Date): boolean {
  if (findSuspension(moderator, now)) return false
  return change.kind === 'suspension'
    ? canModerateAccount(moderator, target)
    : change.kind === 'role' && moderator.role === 'ADMIN'
}

/** Returns whether the account is already as the change would make it. */
export function isWithoutEffect(registry: AdminRegistry, change: AccountChange, target: User): boolean {
  switch (change.kind) {
    case 'role': {
      const isRegistered = registry.administrators.includes(target.id)
      return target.role === change.role && isRegistered === (change.role === 'ADMIN')
    }
    case 'suspension':
      return change.suspension === null && target.suspension === undefined
    case 'removal':
      return false
  }
}

/**
 * Returns whether the change leaves no administrator who can act. False for a registry without administrators.
 *
 * @param suspendedIds the administrators who are suspended now
 */
export function removesLastAdministrator(
  registry: AdminRegistry,
  change: RoleChange,
  suspendedIds: ReadonlySet<string> = new Set(),
): boolean {
  if (registry.administrators.length === 0) return false
  const isSuspended = (id: string) =>
    id === change.userId && change.kind === 'role' && change.suspension !== undefined
      ? change.suspension !== null
      : suspendedIds.has(id)
  return applyRoleChange(registry, change).every(isSuspended)
}

/** Returns the administrators after the change. */
export function applyRoleChange({ administrators }: AdminRegistry, change: RoleChange): string[] {
  const others = administrators.filter((id) => id !== change.userId)
  return change.kind === 'role' && change.role === 'ADMIN' ? [...others, change.userId] : others
}
