import { forbidden, mutationRejected } from '../../../../packages/platform'
import { InputValidator } from '../../../../packages/subgraph-kit/input'
import { requireId } from '../../../../schema/ids'
import { readSuspension, type Suspension } from '../../domain/moderation/suspension'
import type { User } from '../../domain/user'
import type { UseCaseDependencies } from '../dependencies'
import { requireModerator } from './moderators'

/** Creates the use cases of suspensions, for moderators. */
export function createSuspensionUseCases(dependencies: UseCaseDependencies) {
  const { users, roleManager, address, logSecurity, now } = dependencies

  async function changeSuspension(
    moderator: User,
    userId: string,
    suspension: Suspension | null,
  ): Promise<User> {
    if (userId === moderator.id)
      throw mutationRejected('INVALID', 'userId', 'You cannot suspend yourself, or end your own suspension.')
    const outcome = await roleManager.applyChange({ kind: 'suspension', userId, suspension }, moderator.id)
    const user = (await users.usersByIds([userId])).get(userId)
    switch (outcome) {
      case 'notAllowed':
        throw forbidden()
      case 'lastAdministrator':
        throw mutationRejected('CONFLICT', 'userId', 'This is the last administrator.')
      case 'noUser':
      case 'done': {
        if (!user) throw mutationRejected('NOT_FOUND', 'userId', 'There is no such user.')
        const event = suspension ? 'account.suspended' : 'account.unsuspended'
        logSecurity(event, { userId, by: moderator.id, role: moderator.role, address })
        return user
      }
    }
  }

  return {
    /** Suspends a user, or replaces the present suspension. */
    async suspendUser(input: { userId: string; until?: Date | null; reason: string }): Promise<User> {
      const moderator = await requireModerator(dependencies)
      const userId = requireId('User', input.userId, ['input', 'userId'])
      const check = new InputValidator()
      const suspension = readSuspension(check, input, now())
      check.throwIfInvalid()
      return changeSuspension(moderator, userId, suspension)
    },

    /** Ends a suspension; idempotent. */
    async unsuspendUser(input: { userId: string }): Promise<User> {
      const moderator = await requireModerator(dependencies)
      return changeSuspension(moderator, requireId('User', input.userId, ['input', 'userId']), null)
    },
  }
}
