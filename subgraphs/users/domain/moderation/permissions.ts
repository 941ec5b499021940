import type { UserRole } from '../user'

/** The part of an account that decides about permissions. */
interface RoleHolder {
  id: string
  role: UserRole
}

/**
 * Returns whether a moderator may act on another account as a whole: moderators on members, administrators on anyone, and
 * neither on their own.
 */
export function canModerateAccount(moderator: RoleHolder, target: RoleHolder): boolean {
  if (moderator.id === target.id) return false
  return moderator.role === 'ADMIN' || (moderator.role === 'MODERATOR' && target.role === 'MEMBER')
}
