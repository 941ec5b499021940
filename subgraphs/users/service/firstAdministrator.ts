import { newId } from '../../../packages/platform/ids/ids'
import { StartupError } from '../../../packages/platform/lifecycle'
import type { SecurityLog } from '../../../packages/auth/securityLog'
import type { PasswordHasher } from './passwordHasher'
import type { UserRepository } from '../repository/users'
import type { Account } from '../domain/user'
import type { RoleManager } from './roleManager'

/** ADMIN_EMAIL and ADMIN_PASSWORD. */
export interface FirstAdministrator {
  email: string
  password: string
}

export interface FirstAdministratorDependencies {
  users: UserRepository
  roleManager: RoleManager
  hasher: PasswordHasher
  logSecurity: SecurityLog
  now: () => Date
}

/**
 * Sees to it that there is an administrator. Where there is one already, nothing changes.
 *
 * An account with this address becomes one only if it has this password too: nobody has proved that an address is
 * theirs, and whoever signs up with the administrator's first must not get the role.
 *
 * @throws StartError for an account with another password
 */
export async function ensureAdministrator(
  { email, password }: FirstAdministrator,
  { users, roleManager, hasher, logSecurity, now }: FirstAdministratorDependencies,
): Promise<void> {
  const { administrators } = await roleManager.settle()
  if (administrators.length > 0) return
  let account = await users.accountByEmail(email)
  for (let attempt = 1; !account; attempt++) {
    const handle = attempt === 1 ? 'admin' : `admin_${attempt}`
    await users.insertAccount(createAccount(email, handle, await hasher.hash(password), now()))
    // Whether it is this one, or another process has made it at the same moment. Neither: somebody has the handle.
    account = await users.accountByEmail(email)
  }
  if (account.passwordHash === null || !(await hasher.verify(account.passwordHash, password))) {
    throw new StartupError(
      'There is no administrator, and the account of ADMIN_EMAIL has another password than ADMIN_PASSWORD.',
    )
  }
  const userId = account.user.id
  await roleManager.applyChange({ kind: 'role', userId, role: 'ADMIN' })
  logSecurity('role.changed', { userId, role: 'ADMIN', by: null })
}

function createAccount(email: string, handle: string, passwordHash: string, joinedAt: Date): Account {
  const user = {
    id: newId('User', joinedAt.getTime()),
    handle,
    displayName: 'Administrator',
    email,
    bio: null,
    websiteUrl: null,
    avatarUrl: null,
    location: null,
    role: 'MEMBER' as const,
    joinedAt,
  }
  return { user, passwordHash, sessionEpoch: 0, tokenVersion: 0 }
}
