import type jwt from 'jsonwebtoken'
import type { KeyObject } from 'node:crypto'

import { createTestKey, signToken } from './tokenIssuer'

export const currentKey = createTestKey('current')
export const nextKey = createTestKey('next')
/** Another key with the ID of the current one. */
export const strangerKey = createTestKey('current')

export const claims = { sub: 'usr_1', role: 'MEMBER', sid: 'ses_1' }

interface TestTokenOptions {
  key?: { kid: string; privateKey: KeyObject }
  payload?: object
  options?: jwt.SignOptions
  typ?: string
}

/** Signs an access token that is valid, except for the given parts. */
export function signTestToken(overrides: TestTokenOptions = {}): string {
  const { key = currentKey, payload = claims, options = {}, typ = 'at+jwt' } = overrides
  return signToken(key, payload, { ...options, typ })
}
