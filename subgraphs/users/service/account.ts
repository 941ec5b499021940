import { accountGone, refused } from '../../shared/errors'
import { newId } from '../../shared/ids'
import { InputCheck } from '../../shared/inputCheck'
import { requireRateLimit } from '../../shared/rateLimit/rateLimit'
import { requireViewer } from '../../shared/viewer'
import type { TakenField } from '../repository'
import { signUpCharges } from '../sessionLimits'
import {
  checkPassword,
  readDisplayName,
  readEmail,
  readHandle,
  type Account,
  type Profile,
  type User,
} from '../user'
import { beginSession, requireAccount, type FirstSession, type UseCaseDependencies } from './dependencies'

export interface NewAccount {
  email: string
  password: string
  handle: string
  displayName: string
}

/** Null clears what can be empty; what is left out stays. */
export type ProfileChange = { [Field in keyof Profile]?: string | null }

const takenMessages: Record<TakenField, string> = {
  email: 'Somebody has an account with this email address.',
  handle: 'Somebody has this handle.',
}

const taken = (field: TakenField) => refused('TAKEN', field, takenMessages[field])

/** Making an account and changing one's own. */
export function createAccountUseCases(dependencies: UseCaseDependencies) {
  const { viewer, users, guard, writeLimiter, sessions, roles, address, proved, logSecurity, now } =
    dependencies

  /** Requires the password of an account whose viewer is signed in to it already. */
  async function requirePassword(account: Account, field: string, password: string): Promise<void> {
    const { sessionId } = requireViewer(viewer)
    if (await guard.confirm({ account, sessionId, password, address })) return
    logSecurity('password.refused', { userId: account.user.id, address })
    throw wrongPassword(field)
  }

  return {
    async signUp(input: NewAccount): Promise<{ session: FirstSession; user: User }> {
      const { email, handle, displayName } = readNewAccount(input)
      await requireRateLimit(writeLimiter, signUpCharges(address))
      const takenField = await users.takenField({ email, handle })
      if (takenField) throw taken(takenField)
      const joinedAt = now()
      const user: User = {
        id: newId('User', joinedAt.getTime()),
        handle,
        displayName,
        email,
        bio: null,
        websiteUrl: null,
        avatarUrl: null,
        location: null,
        role: 'MEMBER',
        joinedAt,
      }
      const account = {
        user,
        passwordHash: await guard.hash(input.password, address),
        sessionEpoch: 0,
        tokenVersion: 0,
      }
      const collision = await users.insert(account)
      if (collision) throw taken(collision)
      proved.add(user.id)
      return { session: await beginSession(dependencies, account), user }
    },

    async updateProfile(input: ProfileChange): Promise<User> {
      const { user } = await requireAccount(dependencies)
      const changes = readProfile(input)
      const updated = await users.updateProfile(user.id, changes)
      if (updated === undefined) throw accountGone()
      if (updated === 'handle' || updated === 'email') throw taken(updated)
      return updated
    },

    /** Ends every session and begins a new one. */
    async changePassword(input: { currentPassword: string; newPassword: string }): Promise<FirstSession> {
      const account = await requireAccount(dependencies)
      const check = new InputCheck()
      checkPassword(check, 'newPassword', input.newPassword)
      check.done()
      await requirePassword(account, 'currentPassword', input.currentPassword)
      const newHash = await guard.hash(input.newPassword, address)
      const changed =
        account.passwordHash === null
          ? undefined
          : await users.changePassword(account.user.id, {
              oldHash: account.passwordHash,
              newHash,
              now: now(),
            })
      if (!changed) throw wrongPassword('currentPassword')
      await sessions.clear(account.user.id, changed.sessionEpoch - 1)
      logSecurity('session.ended', {
        reason: 'passwordChanged',
        userId: account.user.id,
        everywhere: true,
        address,
      })
      return beginSession(dependencies, changed)
    },

    /** @returns the ID that is gone */
    async deleteAccount({ password }: { password: string }): Promise<string> {
      const requestedAt = now()
      const account = await requireAccount(dependencies)
      await requirePassword(account, 'password', password)
      const { user, sessionEpoch } = account
      const outcome = await roles.change({ kind: 'removal', userId: user.id, requestedAt })
      if (outcome === 'lastAdministrator') {
        throw refused('CONFLICT', null, 'You are the last administrator. Make somebody else one first.')
      }
      await sessions.clear(user.id, sessionEpoch)
      logSecurity('session.ended', { reason: 'accountDeleted', userId: user.id, everywhere: true, address })
      return user.id
    },
  }
}

const wrongPassword = (field: string) => refused('BAD_CREDENTIALS', field, 'This is not your password.')

/** @throws Refused with everything that is wrong with it */
export function readNewAccount(input: NewAccount): Omit<NewAccount, 'password'> {
  const check = new InputCheck()
  const email = readEmail(check, 'email', input.email)
  checkPassword(check, 'password', input.password)
  const handle = readHandle(check, 'handle', input.handle)
  const displayName = readDisplayName(check, 'displayName', input.displayName)
  check.done()
  return { email, handle, displayName }
}

/** @throws Refused with everything that is wrong with it */
export function readProfile(input: ProfileChange): Partial<Profile> {
  const check = new InputCheck()
  const handle = check.change('handle', input.handle, (value) => readHandle(check, 'handle', value))
  const displayName = check.change('displayName', input.displayName, (value) =>
    readDisplayName(check, 'displayName', value),
  )
  const { bio, websiteUrl, avatarUrl, location } = input
  const changes: Partial<Profile> = {
    ...(handle !== undefined && { handle }),
    ...(displayName !== undefined && { displayName }),
    ...(bio !== undefined && { bio: check.markdown('bio', bio ?? '', { max: 10_000 }) || null }),
    ...(websiteUrl !== undefined && { websiteUrl: check.optionalUrl('websiteUrl', websiteUrl) }),
    ...(avatarUrl !== undefined && { avatarUrl: check.optionalUrl('avatarUrl', avatarUrl) }),
    ...(location !== undefined && { location: check.optionalText('location', location, { max: 100 }) }),
  }
  check.done()
  return changes
}
