import { createAccountUseCases } from './account'
import type { ServiceDependencies } from './dependencies'
import { createReadUseCases } from './read'
import { createRoleUseCases } from './role'
import { createSessionUseCases } from './session'

export type { ServiceDependencies } from './dependencies'
export type UsersService = ReturnType<typeof createUsersService>

/** The use cases of users, for one viewer. */
export function createUsersService(given: ServiceDependencies) {
  const dependencies = { ...given, proved: new Set<string>() }
  return {
    ...createReadUseCases(dependencies),
    ...createSessionUseCases(dependencies),
    ...createAccountUseCases(dependencies),
    ...createRoleUseCases(dependencies),
  }
}
