import { randomBytes } from 'node:crypto'

import { firstCodePoints, normalizeBounded } from '../../../../packages/platform'
import { isReservedHandle, maxHandleLength } from '../handles'

const minHandleLength = 3
// Bounds the work for a hint of any length.
const maxHintLength = 200
const suffixBytes = 4

/**
 * Derives a handle from the first hint that has enough usable characters and is not reserved; `user` with random characters
 * without one.
 *
 * @param hints such as user names at a provider and email addresses, of which the local part is used
 */
export function deriveHandle(hints: readonly string[]): string {
  const handle = hints.map(slugify).find((slug) => slug.length >= minHandleLength && !isReservedHandle(slug))
  return handle ?? appendRandomSuffix('user')
}

/** Returns a handle with random characters, for one that is taken. No reserved handle has such a suffix. */
export function appendRandomSuffix(handle: string): string {
  const suffix = randomBytes(suffixBytes).toString('hex')
  const beginning = handle.slice(0, maxHandleLength - suffix.length - 1).replace(/_+$/, '')
  return `${beginning}_${suffix}`
}

function slugify(hint: string): string {
  const text = normalizeBounded(firstCodePoints(hint, maxHintLength), 'NFKD', maxHintLength)
  return (text.split('@', 1)[0] ?? '')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, maxHandleLength)
    .replace(/^_+|_+$/g, '')
}
