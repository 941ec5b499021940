import { requireRole } from '../../../../packages/auth'
import { forbidden } from '../../../../packages/platform'
import type { User } from '../../domain/user'
import { requireAccount, type UseCaseDependencies } from '../dependencies'

/**
 * Returns the account of a viewer who is a moderator or an administrator, by the stored role.
 *
 * @throws UNAUTHENTICATED for an anonymous viewer and for an ended session
 * @throws FORBIDDEN for a member
 */
export async function requireModerator(dependencies: UseCaseDependencies): Promise<User> {
  // The role in the access token refuses most without a read.
  requireRole(dependencies.viewer, 'MODERATOR')
  const { user } = await requireAccount(dependencies)
  if (user.role === 'MEMBER') throw forbidden()
  return user
}
