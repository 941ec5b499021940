import { forbidden, mutationRejected } from '../../../../packages/platform'
import { requireSignedIn } from '../../../../packages/auth'
import { isRecent, type Authentication } from '../../domain/identities/identity'
import type { Account } from '../../domain/user'
import type { UseCaseDependencies } from '../dependencies'

/** @throws FORBIDDEN where users sign in with a provider only */
export function requirePasswordSignIn({ isPasswordSignInOn }: UseCaseDependencies): void {
  if (!isPasswordSignInOn) throw forbidden('Passwords are not used here. Sign in with a provider.')
}

/**
 * Requires that the viewer confirms an act: with the password, or, for an account that cannot use one, with a sign-in at a
 * provider within the last minutes.
 *
 * @param field of the password in the input
 * @returns how the viewer has signed in, for a session that follows
 * @throws MutationRejectedError with REQUIRED or BAD_CREDENTIALS for the password, EXPIRED for the sign-in
 */
export async function requireConfirmation(
  dependencies: UseCaseDependencies,
  account: Account,
  field: string,
  password: string | null | undefined,
): Promise<Authentication> {
  const { viewer, passwordGuard, sessionManager, isPasswordSignInOn, address, logSecurity, now } =
    dependencies
  const { sessionId } = requireSignedIn(viewer)
  if (account.passwordHash === null || !isPasswordSignInOn) {
    const authentication = await sessionManager.findAuthentication(sessionId)
    if (authentication.provider !== undefined && isRecent(authentication, now())) return authentication
    throw mutationRejected(
      'EXPIRED',
      null,
      'Sign in with your provider again: this needs a sign-in within the last 5 minutes.',
    )
  }
  if (password == null) throw mutationRejected('REQUIRED', field, 'Enter your password.')
  if (await passwordGuard.checkConfirmation({ account, sessionId, password, address }))
    return { authenticatedAt: now() }
  logSecurity('password.refused', { userId: account.user.id, address })
  throw wrongPassword(field)
}

/** Creates the error for a wrong password of a signed-in viewer. */
export const wrongPassword = (field: string) =>
  mutationRejected('BAD_CREDENTIALS', field, 'This is not your password.')
