import { createHmac, randomBytes } from 'node:crypto'

import { dayMs } from '../../../packages/platform'
import { isSignature } from './signature'

/** The account that a device token is bound to. */
interface DeviceTokenOwner {
  userId: string
  /**
   * The signing key, in PHC string format. It is secret, unique to the account and changes with the password: a new
   * password revokes the tokens of all devices, and a rotation of the access-token keys revokes none.
   */
  passwordHash: string
}

/** The longest lifetime of a cookie in browsers (RFC 6265bis, 5.5). */
const lifetimeMs = 400 * dayMs

const tokenPattern = /^([\w-]{43})\.(\d{1,12})\.([\w-]{43})$/

/**
 * Creates a token that proves at later sign-ins that this device has signed in to this account before:
 * 256 random bits, the expiry in seconds since the epoch, and their HMAC-SHA256.
 *
 * The token grants no access, only separate rate limits; see docs/decisions/0007-device-tokens.md and
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export function createDeviceToken(owner: DeviceTokenOwner, now: Date): string {
  const deviceId = randomBytes(32).toString('base64url')
  const expiresAt = Math.floor((now.getTime() + lifetimeMs) / 1000)
  return `${deviceId}.${expiresAt}.${signDevice(owner, deviceId, expiresAt).toString('base64url')}`
}

/** Returns the device ID; undefined for a token that is malformed, expired or issued for another account. */
export function verifyDeviceToken(token: string, owner: DeviceTokenOwner, now: Date): string | undefined {
  const [, deviceId, expiry, signature] = tokenPattern.exec(token) ?? []
  if (deviceId === undefined || signature === undefined) return undefined
  const expiresAt = Number(expiry)
  const expected = signDevice(owner, deviceId, expiresAt)
  return isSignature(signature, expected) && expiresAt * 1000 > now.getTime() ? deviceId : undefined
}

function signDevice({ userId, passwordHash }: DeviceTokenOwner, deviceId: string, expiresAt: number): Buffer {
  return createHmac('sha256', passwordHash).update(`device ${userId} ${deviceId} ${expiresAt}`).digest()
}
