import type { UserRole } from './user'

/** Something that may take an administrator away or make one. */
export type RoleChange =
  | { kind: 'role'; userId: string; role: UserRole }
  /** `requestedAt`: what the user creates from then on is removed with the account. Absent in entries of earlier versions. */
  | { kind: 'removal'; userId: string; requestedAt?: Date }

/**
 * Who is an administrator: one document, so that one atomic write decides. A change is first entered as `pending`, then
 * written out to the user, then closed. While one is pending no other begins, and whoever finds it there finishes it: a
 * process that dies on the way leaves nothing half done. Users have a copy of their own role, for reading.
 */
export interface AdminRegistry {
  /** Counts up with every write. */
  version: number
  administrators: string[]
  pending: RoleChange | null
}

/** Whether there would be no administrator after the change, though there is one now. */
export function removesLastAdministrator(ledger: AdminRegistry, change: RoleChange): boolean {
  return ledger.administrators.length > 0 && applyRoleChange(ledger, change).length === 0
}

export function applyRoleChange({ administrators }: AdminRegistry, change: RoleChange): string[] {
  const others = administrators.filter((id) => id !== change.userId)
  return change.kind === 'role' && change.role === 'ADMIN' ? [...others, change.userId] : others
}
