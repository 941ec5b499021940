import { networkOf } from '../shared/clientNetwork'
import type { Charge, RateLimit } from '../shared/rateLimit/rateLimit'

const hour = 60 * 60_000

/** Enough for the people at a meetup who share a network; too little to create accounts or try emails in bulk. */
const signUpLimits: readonly RateLimit[] = [
  { name: 'signUp.network.hour', points: 50, windowMs: hour },
  { name: 'signUp.network.day', points: 200, windowMs: 24 * hour },
]

/** For those who know the password: bounds the sessions of an account. */
const signInLimit: RateLimit = { name: 'signIn.account', points: 60, windowMs: hour }

/** A session is renewed every 15 minutes by a client that behaves. */
const refreshLimit: RateLimit = { name: 'refreshSession.session', points: 60, windowMs: hour }

/** Returns what one valid sign-up counts for, whether it creates an account or finds that something is taken. */
export function signUpCharges(address: string): Charge[] {
  return signUpLimits.map((limit) => ({ limit, key: networkOf(address) }))
}

/** Returns what one successful sign-in counts for. */
export const signInCharges = (userId: string): Charge[] => [{ limit: signInLimit, key: userId }]

/** Returns what one exchange of a refresh token counts for. */
export const refreshCharges = (sessionId: string): Charge[] => [{ limit: refreshLimit, key: sessionId }]
