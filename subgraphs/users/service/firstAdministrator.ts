import { StartupError } from '../../../packages/platform'
import type { SecurityLog } from '../../../packages/auth'
import { createAccount } from '../domain/user'
import { findWeakness } from '../domain/passwords'
import type { UserRepository } from '../repository'
import type { PasswordHasher } from './passwordHasher'
import type { RoleManager } from './roleManager'

/** The credentials given by ADMIN_EMAIL and ADMIN_PASSWORD. */
export interface FirstAdministrator {
  email: string
  password: string
}

const firstHandle = 'admin'

interface FirstAdministratorDependencies {
  users: UserRepository
  roleManager: RoleManager
  hasher: PasswordHasher
  logSecurity: SecurityLog
  now: () => Date
}

/**
 * Ensures that an administrator exists. Does nothing if there is one.
 *
 * An existing account with this address is promoted only if the password matches as well: addresses are not verified,
 * so a stranger could have signed up with this one first.
 *
 * @throws StartupError if an account with this address has a different password, or the password of a new one is weak
 */
export async function ensureAdministrator(
  { email, password }: FirstAdministrator,
  { users, roleManager, hasher, logSecurity, now }: FirstAdministratorDependencies,
): Promise<void> {
  const { administrators } = await roleManager.completePendingChange()
  if (administrators.length > 0) return
  let account = await users.accountByEmail(email)
  const weakness = account ? undefined : findWeakness(password, { email, handle: firstHandle })
  if (weakness !== undefined)
    throw new StartupError(`ADMIN_PASSWORD is not safe: ${weakness} Set another one.`)
  for (let attempt = 1; !account; attempt++) {
    const handle = attempt === 1 ? firstHandle : `${firstHandle}_${attempt}`
    const details = { email, handle, displayName: 'Administrator' }
    const { user, ...secrets } = createAccount(details, await hasher.hash(password), now())
    // The operator vouches for the address.
    await users.insertAccount({ ...secrets, user: { ...user, emailVerifiedAt: now() } })
    // This account, or one that another process inserted at the same time. Undefined if the handle is taken.
    account = await users.accountByEmail(email)
  }
  if (account.passwordHash === null || !(await hasher.verify(account.passwordHash, password))) {
    throw new StartupError(
      'There is no administrator, and the password of the account with ADMIN_EMAIL differs from ADMIN_PASSWORD. Set ADMIN_PASSWORD to its password, or ADMIN_EMAIL to another address.',
    )
  }
  const userId = account.user.id
  await roleManager.applyChange({ kind: 'role', userId, role: 'ADMIN' })
  logSecurity('role.changed', { userId, role: 'ADMIN', by: null })
}
