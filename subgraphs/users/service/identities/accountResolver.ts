import { enforceRateLimit, MutationRejectedError, mutationRejected } from '../../../../packages/platform'
import { InputValidator } from '../../../../packages/subgraph-kit/input'
import { appendRandomSuffix, deriveHandle } from '../../domain/identities/handles'
import { toLinkedIdentity, type ProvenIdentity } from '../../domain/identities/identity'
import { listSignUpCharges } from '../../domain/sessionLimits'
import { createAccount, isEmail, readDisplayName, readHandle, type Account } from '../../domain/user'
import type { UseCaseDependencies } from '../dependencies'

interface ResolvedAccount {
  account: Account
  isNewUser: boolean
}

// Enough for concurrent sign-ins of one person, and for handles with random characters.
const maxAttempts = 10

/** Creates the rules by which an identity belongs to an account. */
export function createAccountResolver(dependencies: UseCaseDependencies) {
  const { users, sessionManager, emailVerification, writeLimiter, address } = dependencies
  const { logSecurity, countSignUp, now } = dependencies

  /**
   * Links an identity to the account with the same address, which the provider has verified. If the account has not verified
   * it, someone else may have signed up with it: they lose the account.
   *
   * @returns undefined if the account has changed in the meantime
   */
  async function linkByEmail(
    { user }: Account,
    email: string,
    identity: ProvenIdentity,
  ): Promise<Account | undefined> {
    const { id } = user
    const { provider } = identity
    const linkedIdentity = toLinkedIdentity(identity, now())
    if (user.emailVerifiedAt) {
      const linked = await users.linkIdentityByEmail(id, email, linkedIdentity)
      if (linked === undefined || typeof linked === 'string') return undefined
      logSecurity('identity.linked', { userId: id, provider, by: 'email', address })
      return linked
    }
    const claimed = await users.claimAccount(id, email, linkedIdentity)
    if (claimed === undefined || typeof claimed === 'string') return undefined
    await sessionManager.deleteSessions(id, claimed.sessionEpoch - 1)
    logSecurity('identity.linked', { userId: id, provider, by: 'claim', address })
    logSecurity('session.ended', { reason: 'accountClaimed', userId: id, everywhere: true, address })
    return claimed
  }

  /** @returns the new account; undefined if its handle, address or identity is taken */
  async function signUp(
    identity: ProvenIdentity,
    email: string | null,
    handle: string,
  ): Promise<Account | undefined> {
    const joinedAt = now()
    const displayName = deriveDisplayName(identity.nameHints) ?? handle
    const account = createAccount({ email, handle, displayName }, null, joinedAt)
    if (email !== null) account.user.emailVerifiedAt = joinedAt
    account.identities = [toLinkedIdentity(identity, joinedAt)]
    return (await users.insertAccount(account)) === undefined ? account : undefined
  }

  return {
    /**
     * Reads the handle that a new user has chosen.
     *
     * @returns undefined if there is none
     * @throws MutationRejectedError for an invalid handle, or one that is taken
     */
    async requestHandle(value: string | null | undefined): Promise<string | undefined> {
      if (value == null) return undefined
      const check = new InputValidator()
      const handle = readHandle(check, 'handle', value)
      check.throwIfInvalid()
      if (await users.findTakenField({ handle }))
        throw mutationRejected('TAKEN', 'handle', 'This handle is already taken.')
      return handle
    },

    /**
     * Returns the account of an identity: the one that it is linked to, the one with the same verified address, or a new one.
     * Of concurrent sign-ins of a new identity, one creates the account and the others find it.
     *
     * @param chosenHandle for a new account; by default it is derived from the claims of the provider
     */
    async findOrCreateAccount(
      identity: ProvenIdentity,
      chosenHandle: string | undefined,
    ): Promise<ResolvedAccount> {
      const email =
        identity.verifiedEmail !== null && isEmail(identity.verifiedEmail) ? identity.verifiedEmail : null
      let handle = chosenHandle ?? deriveHandle(identity.handleHints)
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const owner = await users.accountByIdentity(identity.key)
        if (owner) return { account: owner, isNewUser: false }
        const namesake = email === null ? undefined : await users.accountByEmail(email)
        if (namesake && email !== null) {
          const linked = namesake.identities?.find(({ provider }) => provider === identity.provider)
          // Another request of this sign-in has created the account since.
          if (linked?.key === identity.key) return { account: namesake, isNewUser: false }
          if (linked && namesake.user.emailVerifiedAt) throw hasOtherIdentity()
          const account = await linkByEmail(namesake, email, identity)
          if (account) return { account, isNewUser: false }
          continue
        }
        if (email === null && emailVerification === 'required') throw addressRequired()
        if (attempt === 1) await enforceRateLimit(writeLimiter, listSignUpCharges(address))
        const account = await signUp(identity, email, handle)
        if (account) {
          countSignUp()
          return { account, isNewUser: true }
        }
        handle = appendRandomSuffix(handle)
      }
      throw mutationRejected('CONFLICT', null, 'The account could not be created. Try again.')
    },
  }
}

const addressRequired = () =>
  mutationRejected(
    'INVALID',
    null,
    'An account needs an email address that the provider has verified. Verify it there and start again.',
  )

/** Creates the error for an account that has another identity of the same provider. */
export const hasOtherIdentity = () =>
  mutationRejected('CONFLICT', null, 'The account is linked to another identity of this provider.')

/** Returns the first hint that is a valid display name. */
function deriveDisplayName(hints: readonly string[]): string | undefined {
  for (const hint of hints) {
    const check = new InputValidator()
    const name = readDisplayName(check, 'displayName', hint)
    try {
      check.throwIfInvalid()
      return name
    } catch (error) {
      if (!(error instanceof MutationRejectedError)) throw error
    }
  }
  return undefined
}
