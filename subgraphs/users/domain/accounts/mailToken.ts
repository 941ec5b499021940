import { dayMs } from '../../../../packages/platform'

import { createHash, createHmac } from 'node:crypto'

/** How long the token of a verification mail is valid after the mail was sent. */
export const verificationLifetimeMs = dayMs
/** How long the token of a reset mail is valid after the mail was sent. */
export const resetLifetimeMs = 60 * 60 * 1000
/** How long a pending sign-up reserves its handle. */
export const pendingSignUpLifetimeMs = dayMs

/** The token of a mail as it is stored. */
export interface StoredMailToken {
  /** SHA-256 of the token. */
  hash: string
  /** The address that the mail was sent to, in comparable form: the token proves this address and no other. */
  emailKey: string
  expiresAt: Date
}

/**
 * Derives the token of a mail: 256 bits, the same for each attempt to send the mail, so that the queue contains no token.
 *
 * @param secret known to the server only
 * @param key of the mail
 */
export function deriveMailToken(secret: Buffer, key: string): string {
  return createHmac('sha256', secret).update(key).digest('base64url')
}

/** Returns the hash by which a token is stored. 256 bits cannot be guessed, so that neither salt nor slow hash is needed. */
export function hashMailToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
