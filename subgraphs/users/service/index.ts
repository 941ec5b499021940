import { createAccountUseCases } from './accounts'
import type { UsersServiceDependencies } from './dependencies'
import { createUserUseCases } from './users'
import { createRoleUseCases } from './roles'
import { createSessionUseCases } from './sessions'

export type { UsersServiceDependencies as ServiceDependencies } from './dependencies'
export type UsersService = ReturnType<typeof createUsersService>

/** The use cases of users, for one viewer. */
export function createUsersService(given: UsersServiceDependencies) {
  const dependencies = { ...given, authenticatedUserIds: new Set<string>() }
  return {
    ...createUserUseCases(dependencies),
    ...createSessionUseCases(dependencies),
    ...createAccountUseCases(dependencies),
    ...createRoleUseCases(dependencies),
  }
}
