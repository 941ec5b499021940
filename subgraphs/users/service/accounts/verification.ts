import { randomUUID } from 'node:crypto'

import { accountNotFound, enforceRateLimit, mutationRejected } from '../../../../packages/platform'
import { InputValidator } from '../../../../packages/subgraph-kit/input'
import { listMailCharges } from '../../domain/accounts/mailLimits'
import { hashMailToken } from '../../domain/accounts/mailToken'
import { toVerificationRequested } from '../../domain/domainEvents'
import type { MailTemplate } from '../../domain/mail/mail'
import { checkPassword, readEmail, toEmailKey, type User } from '../../domain/user'
import {
  beginSession,
  requireAccount,
  type SessionWithDeviceToken,
  type UseCaseDependencies,
} from '../dependencies'
import { requireConfirmation, requirePasswordSignIn } from '../identities/confirmation'

const invalidToken = () =>
  mutationRejected('EXPIRED', 'token', 'This link has expired or was used already. Request another one.')

/** Creates the use cases of addresses and of forgotten passwords. */
export function createVerificationUseCases(dependencies: UseCaseDependencies) {
  const { verifications, mailQueue, passwordGuard, writeLimiter, sessionManager } = dependencies
  const { address, authenticatedUserIds, logSecurity, countSignUp, now } = dependencies

  /** Requests a mail to an address. Does the same, in the same time, whether or not an account has the address. */
  async function requestMail(kind: 'verification' | 'reset', input: string, template: MailTemplate) {
    requireMail(dependencies)
    const check = new InputValidator()
    const email = readEmail(check, 'email', input)
    check.throwIfInvalid()
    await enforceRateLimit(writeLimiter, listMailCharges(kind, email, address))
    await mailQueue.enqueue({ key: randomUUID(), recipient: { address: email }, template })
  }

  return {
    async verifyEmail({ token }: { token: string }): Promise<User> {
      const result = await verifications.verifyEmail(hashMailToken(token), now())
      if (result === 'unknown') throw invalidToken()
      if (result === 'taken')
        throw mutationRejected(
          'TAKEN',
          'token',
          'Another account has got this email address in the meantime.',
        )
      const { user, wasPending } = result
      if (wasPending) countSignUp()
      logSecurity('email.verified', { userId: user.id, address })
      return user
    },

    sendEmailVerification: ({ email }: { email: string }): Promise<void> =>
      requestMail('verification', email, { name: 'verifyEmail' }),

    async requestPasswordReset({ email }: { email: string }): Promise<void> {
      requirePasswordSignIn(dependencies)
      await requestMail('reset', email, { name: 'resetPassword' })
    },

    /** Sets a new password, ends every session and begins a new one. */
    async resetPassword({ token, newPassword }: { token: string; newPassword: string }): Promise<{
      session: SessionWithDeviceToken
      user: User
    }> {
      requirePasswordSignIn(dependencies)
      const hash = hashMailToken(token)
      const found = await verifications.findAccountByResetToken(hash, now())
      if (!found) throw invalidToken()
      const check = new InputValidator()
      checkPassword(check, 'newPassword', newPassword)
      check.throwIfInvalid()
      const passwordHash = await passwordGuard.hashPassword(newPassword, address)
      const account = await verifications.resetPassword(hash, passwordHash, now())
      if (!account) throw invalidToken()
      const { user, sessionEpoch } = account
      await sessionManager.deleteSessions(user.id, sessionEpoch - 1)
      logSecurity('session.ended', { reason: 'passwordReset', userId: user.id, everywhere: true, address })
      authenticatedUserIds.add(user.id)
      return { session: await beginSession(dependencies, account), user }
    },

    /**
     * Requests a change of the viewer's address, which takes effect once the new one is verified. Does not reveal whether
     * another account has the address: then its owner receives another mail.
     */
    async changeEmail({ newEmail, password }: { newEmail: string; password?: string | null }): Promise<void> {
      const account = await requireAccount(dependencies)
      requireMail(dependencies)
      const check = new InputValidator()
      const email = readEmail(check, 'newEmail', newEmail)
      check.throwIfInvalid()
      await requireConfirmation(dependencies, account, 'password', password)
      await enforceRateLimit(writeLimiter, listMailCharges('verification', email, address))
      const event = toVerificationRequested('user.emailChangeRequested', now())
      const verification = {
        address: email,
        emailKey: toEmailKey(email),
        requestedAt: now(),
        eventId: event.id,
      }
      if (!(await verifications.requestVerification(account.user.id, verification, event)))
        throw accountNotFound()
      logSecurity('email.changeRequested', { userId: account.user.id, address })
    },
  }
}

/** @throws MutationRejectedError with CONFLICT if this system sends no mail */
function requireMail({ mailQueue }: UseCaseDependencies): void {
  if (!mailQueue.isEnabled)
    throw mutationRejected('CONFLICT', null, 'This system sends no mail. Ask an administrator for help.')
}
