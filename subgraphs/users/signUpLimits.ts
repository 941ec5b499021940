import { networkOf } from '../shared/clientNetwork'
import type { Charge, RateLimit } from '../shared/rateLimit/rateLimit'

const hour = 60 * 60_000

/** Enough for the people at a meetup who share a network; too little to create accounts or try emails in bulk. */
const limits: readonly RateLimit[] = [
  { name: 'signUp.network.hour', points: 50, windowMs: hour },
  { name: 'signUp.network.day', points: 200, windowMs: 24 * hour },
]

/** Returns what one valid sign-up counts for, whether it creates an account or finds that something is taken. */
export function signUpCharges(address: string): Charge[] {
  return limits.map((limit) => ({ limit, key: networkOf(address) }))
}
