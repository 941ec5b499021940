import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'

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

/**
 * Who an address belongs to: an IPv4 address to one customer, of IPv6 the first 64 bits (RFC 6177), since whoever has one
 * such address has all of that network.
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped) return mapped
  const plain = address.replace(/%.*$/, '')
  if (!isIPv6(plain)) return address
  // The URL parser brings an address to its one canonical form, hexadecimal, with its longest run of zeros as `::`.
  const canonical = new URL(`http://[${plain}]`).hostname.slice(1, -1)
  const [head = '', tail] = canonical.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length
  return `${[...first, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4).join(':')}::/64`
}
