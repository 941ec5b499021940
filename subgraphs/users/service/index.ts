import { createAccountUseCases } from './accounts'
import { createSessionListUseCases } from './accounts/sessionList'
import { createVerificationUseCases } from './accounts/verification'
import type { UsersServiceDependencies } from './dependencies'
import { createContentRemovalUseCases } from './moderation/contentRemoval'
import { createModerationLogUseCases } from './moderation/moderationLog'
import { createReportUseCases } from './moderation/reports'
import { createIdentityUseCases } from './identities/identities'
import { createSuspensionUseCases } from './moderation/suspensions'
import { createInboxUseCases } from './notifications/inbox'
import { createRoleUseCases } from './roles'
import { createSessionUseCases } from './sessions'
import { createUserUseCases } from './users'

export type UsersService = ReturnType<typeof createUsersService>

/** Creates the use cases of one request. */
export function createUsersService(requestDependencies: UsersServiceDependencies) {
  const dependencies = { ...requestDependencies, authenticatedUserIds: new Set<string>() }
  return {
    ...createUserUseCases(dependencies),
    ...createSessionUseCases(dependencies),
    ...createAccountUseCases(dependencies),
    ...createIdentityUseCases(dependencies),
    ...createVerificationUseCases(dependencies),
    ...createSessionListUseCases(dependencies),
    ...createRoleUseCases(dependencies),
    ...createSuspensionUseCases(dependencies),
    ...createInboxUseCases(dependencies),
    ...createReportUseCases(dependencies),
    ...createModerationLogUseCases(dependencies),
    ...createContentRemovalUseCases(dependencies),
  }
}
