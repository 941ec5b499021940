import { toClientNetwork } from '../../../packages/platform/http/clientNetwork'
import type { Charge, RateLimit } from '../../../packages/platform/rate-limits/rateLimiter'

const hour = 60 * 60_000

/** Enough for the people at a meetup who share a network; too little to create accounts or try emails in bulk. */
const signUpLimits: readonly RateLimit[] = [
  { name: 'signUp.network.hour', points: 50, windowMs: hour },
  { name: 'signUp.network.day', points: 200, windowMs: 24 * hour },
]

/** Bounds the sessions of an account; only successful sign-ins count. */
const signInLimit: RateLimit = { name: 'signIn.account', points: 60, windowMs: hour }

/** A session is renewed every 15 minutes by a client that behaves. */
const refreshLimit: RateLimit = { name: 'refreshSession.session', points: 60, windowMs: hour }

/** Returns the charges of one valid sign-up, whether it creates an account or the handle or email is taken. */
export function listSignUpCharges(address: string): Charge[] {
  return signUpLimits.map((limit) => ({ limit, key: toClientNetwork(address) }))
}

/** Returns the charges of one successful sign-in. */
export const listSignInCharges = (userId: string): Charge[] => [{ limit: signInLimit, key: userId }]

/** Returns the charges of one exchange of a refresh token. */
export const listRefreshCharges = (sessionId: string): Charge[] => [{ limit: refreshLimit, key: sessionId }]
