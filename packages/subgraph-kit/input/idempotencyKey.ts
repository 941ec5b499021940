import { createHash } from 'node:crypto'

import { dayMs } from '../../platform'
import type { InputValidator } from './inputValidator'

/** For how long a repeated create returns the first result. */
export const idempotencyWindowMs = dayMs

/**
 * Reads the optional idempotency key of a create, 1 to 200 code points.
 *
 * @returns a hash of viewer and key to store in the created document, see `insertOnce`; undefined without a key
 */
export function readIdempotencyKey(
  check: InputValidator,
  key: string | null | undefined,
  viewerId: string,
): string | undefined {
  if (key == null) return undefined
  const text = check.readText('idempotencyKey', key, { max: 200 })
  return createHash('sha256').update(`${viewerId} ${text}`).digest('base64url')
}
