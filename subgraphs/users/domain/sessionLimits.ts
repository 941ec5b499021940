import { toClientNetwork, type Charge, type RateLimit } from '../../../packages/platform'

const hour = 60 * 60_000

/** High enough for a meetup that shares a network, too low to create accounts or probe email addresses in bulk. */
const signUpLimits: readonly RateLimit[] = [
  { name: 'signUp.network.hour', points: 50, windowMs: hour },
  { name: 'signUp.network.day', points: 200, windowMs: 24 * hour },
]

/** Twice as many steps as sign-ins, for each of which the subgraph sends requests to a provider. */
const identitySignInLimits: readonly RateLimit[] = [
  { name: 'identitySignIn.network.hour', points: 300, windowMs: hour },
  { name: 'identitySignIn.network.day', points: 2000, windowMs: 24 * hour },
]

/** Bounds the sessions of an account. Only successful sign-ins count. */
const signInLimit: RateLimit = { name: 'signIn.account', points: 60, windowMs: hour }

/** A well-behaved client renews its session every 15 minutes. */
const refreshLimit: RateLimit = { name: 'refreshSession.session', points: 60, windowMs: hour }

/** Returns the charges of one sign-up with valid input, also if the handle or email address is taken. */
export function listSignUpCharges(address: string): Charge[] {
  return signUpLimits.map((limit) => ({ limit, key: toClientNetwork(address) }))
}

/** Returns the charges of one step of a sign-in with a provider: of its start, or of its completion. */
export function listIdentitySignInCharges(address: string): Charge[] {
  return identitySignInLimits.map((limit) => ({ limit, key: toClientNetwork(address) }))
}

/** Returns the charges of one successful sign-in. */
export const listSignInCharges = (userId: string): Charge[] => [{ limit: signInLimit, key: userId }]

/** Returns the charges of one exchange of a refresh token. */
export const listRefreshCharges = (sessionId: string): Charge[] => [{ limit: refreshLimit, key: sessionId }]
