import { accountNotFound, enforceRateLimit, mutationRejected } from '../../../packages/platform'
import { InputValidator } from '../../../packages/subgraph-kit/input'
import { listMailCharges, listRecipientCharges } from '../domain/accounts/mailLimits'
import { pendingSignUpLifetimeMs } from '../domain/accounts/mailToken'
import { toVerificationRequested } from '../domain/domainEvents'
import { maxReservedHandles } from '../domain/handles'
import { listSignUpCharges } from '../domain/sessionLimits'
import {
  checkPassword,
  createAccount,
  readDisplayName,
  readEmail,
  readHandle,
  toEmailKey,
  type Account,
  type Profile,
  type User,
} from '../domain/user'
import type { TakenField } from '../repository'
import {
  beginSession,
  requireAccount,
  type SessionWithDeviceToken,
  type UseCaseDependencies,
} from './dependencies'
import { requireConfirmation, requirePasswordSignIn, wrongPassword } from './identities/confirmation'

interface NewAccount {
  email: string
  password: string
  handle: string
  displayName: string
}

/** Null clears an optional field; undefined leaves a field unchanged. */
type ProfileChange = { [Field in keyof Profile]?: string | null }

const takenMessages: Record<TakenField, string> = {
  email: 'An account with this email address already exists.',
  handle: 'This handle is already taken.',
  identity: 'This identity is linked to another account.',
}

const taken = (field: TakenField) => mutationRejected('TAKEN', field, takenMessages[field])

const tooManyHandles = () =>
  mutationRejected(
    'CONFLICT',
    'handle',
    `You have given up ${maxReservedHandles} handles in the last 90 days, which are reserved for you. Take one of them, or wait.`,
  )

/** Creates the use cases of accounts: sign-up, profile, password and deletion. */
export function createAccountUseCases(dependencies: UseCaseDependencies) {
  const {
    users,
    verifications,
    mailQueue,
    emailVerification,
    passwordGuard,
    writeLimiter,
    sessionManager,
    roleManager,
    address,
    authenticatedUserIds,
    logSecurity,
    countSignUp,
    now,
  } = dependencies

  /** Creates the verification of a new account's address, with the event that requests its mail. */
  function createVerification(type: 'user.signedUp' | 'user.signUpRequested', email: string) {
    const event = toVerificationRequested(type, now())
    const emailKey = toEmailKey(email)
    return { event, verification: { address: email, emailKey, requestedAt: now(), eventId: event.id } }
  }

  /**
   * Stores a pending sign-up. Does the same, in the same time, whether or not an account has the address: the mail differs.
   */
  async function requestSignUp(account: Account, email: string): Promise<void> {
    await enforceRateLimit(writeLimiter, listMailCharges('verification', email, address))
    const until = new Date(now().getTime() + pendingSignUpLifetimeMs)
    const request = { until, ...createVerification('user.signUpRequested', email) }
    if ((await verifications.insertPendingSignUp(account, request)) === 'taken') throw taken('handle')
  }

  return {
    /** Creates an account and its first session; nulls when the address must be verified first. */
    async signUp(
      input: NewAccount,
    ): Promise<{ session: SessionWithDeviceToken; user: User } | { session: null; user: null }> {
      requirePasswordSignIn(dependencies)
      const details = readNewAccount(input)
      await enforceRateLimit(writeLimiter, listSignUpCharges(address))
      const isVerifiedFirst = emailVerification === 'required'
      const takenField = await users.findTakenField(details)
      if (takenField && !(isVerifiedFirst && takenField === 'email')) throw taken(takenField)
      const joinedAt = now()
      const passwordHash = await passwordGuard.hashPassword(input.password, address)
      const account = createAccount(details, passwordHash, joinedAt)
      if (isVerifiedFirst) {
        await requestSignUp(account, details.email)
        return { session: null, user: null }
      }
      const collision = await users.insertAccount(
        account,
        mailQueue.isEnabled ? createVerification('user.signedUp', details.email) : undefined,
      )
      if (collision) throw taken(collision)
      // Counts the mail of the sign-up, so that a resend has to wait; an exhausted limit does not refuse an account.
      if (mailQueue.isEnabled)
        await writeLimiter.consumeAll(listRecipientCharges('verification', details.email))
      countSignUp()
      authenticatedUserIds.add(account.user.id)
      return { session: await beginSession(dependencies, account), user: account.user }
    },

    async updateProfile(input: ProfileChange): Promise<User> {
      const { user } = await requireAccount(dependencies)
      const changes = readProfile(input, user)
      const updated = await users.updateProfile(user.id, changes, now())
      if (updated === undefined) throw accountNotFound()
      if (updated === 'tooManyHandles') throw tooManyHandles()
      if (typeof updated === 'string') throw taken(updated)
      return updated
    },

    /** Changes the password, ends every session and begins a new one. */
    async changePassword(input: {
      currentPassword?: string | null
      newPassword: string
    }): Promise<SessionWithDeviceToken> {
      const account = await requireAccount(dependencies)
      const check = new InputValidator()
      checkPassword(check, 'newPassword', input.newPassword, account.user)
      check.throwIfInvalid()
      const authentication = await requireConfirmation(
        dependencies,
        account,
        'currentPassword',
        input.currentPassword,
      )
      const newHash = await passwordGuard.hashPassword(input.newPassword, address)
      const oldHash = account.passwordHash
      const changed = await users.changePassword(account.user.id, { oldHash, newHash, now: now() })
      if (!changed) throw wrongPassword('currentPassword')
      await sessionManager.deleteSessions(account.user.id, changed.sessionEpoch - 1)
      logSecurity('session.ended', {
        reason: 'passwordChanged',
        userId: account.user.id,
        everywhere: true,
        address,
      })
      return beginSession(dependencies, changed, authentication)
    },

    /** @returns the ID of the deleted user */
    async deleteAccount({ password }: { password?: string | null }): Promise<string> {
      const requestedAt = now()
      const account = await requireAccount(dependencies)
      await requireConfirmation(dependencies, account, 'password', password)
      const { user, sessionEpoch } = account
      const outcome = await roleManager.applyChange({ kind: 'removal', userId: user.id, requestedAt })
      if (outcome === 'lastAdministrator') {
        throw mutationRejected(
          'CONFLICT',
          null,
          'You are the last administrator. Appoint another administrator first.',
        )
      }
      await sessionManager.deleteSessions(user.id, sessionEpoch)
      logSecurity('session.ended', { reason: 'accountDeleted', userId: user.id, everywhere: true, address })
      return user.id
    },
  }
}

/** @throws MutationRejectedError with every invalid field */
function readNewAccount(input: NewAccount): Omit<NewAccount, 'password'> {
  const check = new InputValidator()
  const email = readEmail(check, 'email', input.email)
  checkPassword(check, 'password', input.password, input)
  const handle = readHandle(check, 'handle', input.handle)
  const displayName = readDisplayName(check, 'displayName', input.displayName)
  check.throwIfInvalid()
  return { email, handle, displayName }
}

/** @throws MutationRejectedError with every invalid field */
function readProfile(input: ProfileChange, user: User): Partial<Profile> {
  const check = new InputValidator()
  const handle = check.readChange('handle', input.handle, (value) =>
    readHandle(check, 'handle', value, user.handle),
  )
  const displayName = check.readChange('displayName', input.displayName, (value) =>
    readDisplayName(check, 'displayName', value),
  )
  const { bio, websiteUrl, avatarUrl, location } = input
  const changes: Partial<Profile> = {
    ...(handle !== undefined && { handle }),
    ...(displayName !== undefined && { displayName }),
    ...(bio !== undefined && { bio: check.readMarkdown('bio', bio ?? '', { max: 10_000 }) || null }),
    ...(websiteUrl !== undefined && { websiteUrl: check.readOptionalUrl('websiteUrl', websiteUrl) }),
    ...(avatarUrl !== undefined && { avatarUrl: check.readOptionalUrl('avatarUrl', avatarUrl) }),
    ...(location !== undefined && { location: check.readOptionalText('location', location, { max: 100 }) }),
  }
  check.throwIfInvalid()
  return changes
}
