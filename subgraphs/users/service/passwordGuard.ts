import { toClientNetwork } from '../../../packages/platform/http/clientNetwork'
import { enforceRateLimit, type RateLimiter } from '../../../packages/platform/rate-limits/rateLimiter'
import { verifyDeviceToken } from '../domain/deviceToken'
import { listPasswordAttemptCharges, type PasswordAttemptOrigin } from '../domain/passwordAttemptLimits'
import { createUnmatchableHash, type PasswordHasher } from './passwordHasher'
import { createConcurrencyLimiter } from './concurrencyLimiter'
import { areCredentialsWithinLimits, type Account } from '../domain/user'

export interface PasswordGuardDependencies {
  limiter: RateLimiter
  hasher: PasswordHasher
  now: () => Date
}

/** One try to sign in. */
export interface SignInAttempt {
  email: string
  /** The account with this address; undefined when there is none. */
  account: Account | undefined
  password: string
  /** Of an earlier session on the same device. */
  deviceToken: string | null | undefined
  /** The client's network address. */
  address: string
}

/** One try of a signed-in viewer to confirm something with their password. */
export interface PasswordConfirmation {
  account: Account
  sessionId: string
  password: string
  /** The client's network address. */
  address: string
}

interface Check {
  guesser: PasswordAttemptOrigin
  account: Account | undefined
  password: string
  address: string
}

// Each takes 19 MiB and one of libuv's four threads: one thread stays free for everything else.
const maxConcurrentHashes = 3

export type PasswordGuard = ReturnType<typeof createPasswordGuard>

/** Creates the guard that checks passwords, limits wrong ones, and bounds concurrent hashes. One for a process. */
export function createPasswordGuard({ limiter, hasher, now }: PasswordGuardDependencies) {
  const slots = createConcurrencyLimiter(maxConcurrentHashes)
  const unmatchable = createUnmatchableHash()

  /**
   * An attempt is counted before the password is checked and refunded when it was right, so that many at the same time
   * are no more than the limits allow. Earlier failures stay counted after a success: a sign-in of the
   * owner gives others no new attempts.
   */
  function check({ guesser, account, password, address }: Check): Promise<boolean> {
    return slots.run(async () => {
      const charges = listPasswordAttemptCharges(guesser)
      await enforceRateLimit(limiter, charges)
      const good = await hasher.verify(account?.passwordHash ?? unmatchable, password)
      if (good) await limiter.refund(charges)
      return good
    }, toClientNetwork(address))
  }

  function recognise({ email, account, deviceToken, address }: SignInAttempt): PasswordAttemptOrigin {
    if (deviceToken) {
      const userId = account?.user.id ?? ''
      const owner = { userId, passwordHash: account?.passwordHash ?? unmatchable }
      const deviceId = verifyDeviceToken(deviceToken, owner, now())
      if (deviceId !== undefined) return { kind: 'device', userId, deviceId }
    }
    return { kind: 'unknownDevice', email, address }
  }

  return {
    /** @param address the client's network address */
    hashPassword: (password: string, address: string) =>
      slots.run(() => hasher.hash(password), toClientNetwork(address)),

    /**
     * Checks the password of a sign-in attempt. An account that does not exist takes the same work and time as one that
     * does.
     *
     * @throws RATE_LIMITED after too many failures, for the right password too
     */
    async checkSignIn(attempt: SignInAttempt): Promise<boolean> {
      const { email, account, password, address } = attempt
      if (!areCredentialsWithinLimits(email, password)) return false
      return check({ guesser: recognise(attempt), account, password, address })
    },

    /**
     * Checks the password of a signed-in viewer. Failures elsewhere do not count here, nor failures here elsewhere.
     *
     * @throws RATE_LIMITED after too many failures, for the right password too
     */
    async checkConfirmation({
      account,
      sessionId,
      password,
      address,
    }: PasswordConfirmation): Promise<boolean> {
      if (!areCredentialsWithinLimits('', password)) return false
      return check({ guesser: { kind: 'session', sessionId }, account, password, address })
    },
  }
}
