import { forbidden, mutationRejected } from '../../../packages/platform'
import { requireId } from '../../../schema/ids'
import type { User, UserRole } from '../domain/user'
import { requireAccount, type UseCaseDependencies } from './dependencies'

/** Creates the use cases of roles, for administrators. */
export function createRoleUseCases(dependencies: UseCaseDependencies) {
  const { users, roleManager, address, logSecurity } = dependencies
  const noUser = () => mutationRejected('NOT_FOUND', 'userId', 'There is no such user.')

  return {
    async setUserRole(input: { userId: string; role: UserRole }): Promise<User> {
      const { user: administrator } = await requireAccount(dependencies)
      if (administrator.role !== 'ADMIN') throw forbidden()
      const userId = requireId('User', input.userId, ['input', 'userId'])
      const outcome = await roleManager.applyChange(
        { kind: 'role', userId, role: input.role },
        administrator.id,
      )
      switch (outcome) {
        case 'notAllowed':
          throw forbidden()
        case 'noUser':
          throw noUser()
        case 'lastAdministrator':
          throw mutationRejected(
            'CONFLICT',
            'role',
            'This is the last administrator. Appoint another administrator first.',
          )
        case 'done': {
          logSecurity('role.changed', { userId, role: input.role, by: administrator.id, address })
          const account = await users.accountById(userId)
          if (!account) throw noUser()
          return account.user
        }
      }
    },
  }
}
