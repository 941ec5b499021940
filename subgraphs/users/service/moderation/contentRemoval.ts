import { badUserInput, forbidden, mutationRejected } from '../../../../packages/platform'
import { InputValidator } from '../../../../packages/subgraph-kit/input'
import { canModerateAccount } from '../../domain/moderation/permissions'
import { reasonMaxLength } from '../../domain/moderation/suspension'
import type { User } from '../../domain/user'
import type { UseCaseDependencies } from '../dependencies'
import { requireModerator } from './moderators'
import { requireSubjectType } from './reports'

/** Creates the use case of removing all content of an account, which posts and comments execute. */
export function createContentRemovalUseCases(dependencies: UseCaseDependencies) {
  const { users, fetchContentKey, logSecurity, address, now } = dependencies

  /** Returns the ID or key by which the subgraphs of the content find it. */
  async function identifyAuthor(
    moderator: User,
    subjectId: string,
  ): Promise<{ userId: string } | { contentKey: string }> {
    const type = requireSubjectType(subjectId)
    if (type === 'Event')
      throw badUserInput('This is no ID of a user, a post or a comment.', ['input', 'subjectId'])
    if (type === 'User') {
      const user = (await users.usersByIds([subjectId])).get(subjectId)
      if (!user) throw mutationRejected('NOT_FOUND', 'subjectId', 'There is no such user.')
      if (!canModerateAccount(moderator, user)) throw forbidden()
      return { userId: subjectId }
    }
    const contentKey = await fetchContentKey(type, subjectId)
    if (contentKey === null)
      throw mutationRejected(
        'NOT_FOUND',
        'subjectId',
        'There is no such post or comment of a deleted account. Of an existing account, name the user.',
      )
    return { contentKey }
  }

  return {
    /** Requests the removal of all posts and comments of a user or of a deleted account. */
    async removeContentOf(input: { subjectId: string; reason: string }): Promise<void> {
      const moderator = await requireModerator(dependencies)
      const { subjectId } = input
      const check = new InputValidator()
      const reason = check.readText('reason', input.reason, { max: reasonMaxLength })
      check.throwIfInvalid()
      const author = await identifyAuthor(moderator, subjectId)
      const moderatorId = moderator.id
      await users.requestContentRemoval({ moderatorId, reason, subjectId, ...author }, now())
      const { role } = moderator
      logSecurity('content.moderated', {
        action: 'content.removalRequested',
        id: subjectId,
        by: moderatorId,
        role,
        address,
      })
    },
  }
}
