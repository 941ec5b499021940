import { createHash } from 'node:crypto'

import { networkOf } from '../shared/clientNetwork'
import { emailKey } from './user'

/** A sign-in that failed, or one under way that counts as failed until it has succeeded. */
export interface Failure {
  id: string
  at: Date
}

/** Whose failures are counted, and how many are too many. */
export interface Limit {
  key: string
  maximum: number
}

export const failureWindowMilliseconds = 15 * 60 * 1000

/** The limit for an account, whether there is one with this address or not. */
export function accountLimit(email: string): Limit {
  // Hashed: what people type by mistake, a password even, is not kept.
  const digest = createHash('sha256').update(emailKey(email)).digest('hex')
  return { key: `account:${digest}`, maximum: 10 }
}

/** The limit for a network address. */
export function addressLimit(address: string): Limit {
  return { key: `address:${networkOf(address)}`, maximum: 100 }
}

/** Whole seconds until a failure at this time no longer counts; at least 1. */
export function secondsUntilForgotten(at: Date, now: Date): number {
  return Math.max(1, Math.ceil((at.getTime() + failureWindowMilliseconds - now.getTime()) / 1000))
}
