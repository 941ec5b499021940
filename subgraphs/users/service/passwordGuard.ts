import { enforceRateLimit, toClientNetwork, type RateLimiter } from '../../../packages/platform'
import { verifyDeviceToken } from '../domain/deviceToken'
import { listPasswordAttemptCharges, type PasswordAttemptOrigin } from '../domain/passwordAttemptLimits'
import { areCredentialsWithinLimits, type Account } from '../domain/user'
import { createConcurrencyLimiter } from './concurrencyLimiter'
import { createUnmatchableHash, type PasswordHasher } from './passwordHasher'

interface PasswordGuardDependencies {
  limiter: RateLimiter
  hasher: PasswordHasher
  now: () => Date
}

/** An attempt to sign in. */
interface SignInAttempt {
  email: string
  /** The account with this email address; undefined if none exists. */
  account: Account | undefined
  password: string
  /** Issued with an earlier session on the same device. */
  deviceToken: string | null | undefined
  /** The client's network address. */
  address: string
}

/** An attempt of a signed-in viewer to confirm an action with the password. */
interface PasswordConfirmation {
  account: Account
  sessionId: string
  password: string
  /** The client's network address. */
  address: string
}

interface PasswordCheck {
  origin: PasswordAttemptOrigin
  account: Account | undefined
  password: string
  address: string
}

// Each hash takes 19 MiB and one of the four threads of libuv; one thread remains for other work.
const maxConcurrentHashes = 3

export type PasswordGuard = ReturnType<typeof createPasswordGuard>

/** Creates the guard that verifies passwords, limits failed attempts and bounds concurrent hashes. One per process. */
export function createPasswordGuard({ limiter, hasher, now }: PasswordGuardDependencies) {
  const hashLimiter = createConcurrencyLimiter(maxConcurrentHashes)
  const unmatchableHash = createUnmatchableHash()

  /**
   * Verifies a password within the limits. The attempt is charged before the verification and refunded if the password
   * is correct, so that concurrent attempts cannot exceed the limits. Earlier failures remain charged after a success:
   * otherwise a sign-in of the owner would grant an attacker new attempts.
   */
  function checkPassword({ origin, account, password, address }: PasswordCheck): Promise<boolean> {
    return hashLimiter.run(async () => {
      const charges = listPasswordAttemptCharges(origin)
      await enforceRateLimit(limiter, charges, { userId: account?.user.id })
      const isCorrect = await hasher.verify(account?.passwordHash ?? unmatchableHash, password)
      if (isCorrect) await limiter.refund(charges)
      return isCorrect
    }, toClientNetwork(address))
  }

  function identifyOrigin({ email, account, deviceToken, address }: SignInAttempt): PasswordAttemptOrigin {
    if (deviceToken) {
      const userId = account?.user.id ?? ''
      const owner = { userId, passwordHash: account?.passwordHash ?? unmatchableHash }
      const deviceId = verifyDeviceToken(deviceToken, owner, now())
      if (deviceId !== undefined) return { kind: 'device', userId, deviceId }
    }
    return { kind: 'unknownDevice', email, address }
  }

  return {
    /** Returns the state of the queue for hashes. */
    readQueueState: hashLimiter.readState,

    /** @param address the client's network address */
    hashPassword: (password: string, address: string) =>
      hashLimiter.run(() => hasher.hash(password), toClientNetwork(address)),

    /**
     * Checks the password of a sign-in attempt. Takes the same time whether or not the account exists.
     *
     * @throws RATE_LIMITED after too many failures, also for the correct password
     */
    async checkSignIn(attempt: SignInAttempt): Promise<boolean> {
      const { email, account, password, address } = attempt
      if (!areCredentialsWithinLimits(email, password)) return false
      return checkPassword({ origin: identifyOrigin(attempt), account, password, address })
    },

    /**
     * Checks the password of a signed-in viewer. Failures are counted per session, separately from sign-ins.
     *
     * @throws RATE_LIMITED after too many failures, also for the correct password
     */
    async checkConfirmation({
      account,
      sessionId,
      password,
      address,
    }: PasswordConfirmation): Promise<boolean> {
      if (!areCredentialsWithinLimits('', password)) return false
      return checkPassword({ origin: { kind: 'session', sessionId }, account, password, address })
    },
  }
}
