import { createHash } from 'node:crypto'
import { transliterate } from 'transliteration'

import { firstCodePoints, normalizeBounded } from '../../packages/platform'
import { maxHandleLength } from '../../subgraphs/users/domain/handles'

// Bounds the work. Far more than a handle shows, even if most characters are dropped.
const maxNameLength = 1000
const hashLength = 13

/** The person or group of an imported account. */
interface HandleOwner {
  /** The display name, in any script. */
  name: string
  /** Replaces a name without usable characters, for example of emoji only: `user`. */
  fallback: string
  /** The value of --source. */
  site?: string | undefined
  /** The ID of the row in its source. */
  rowId: string
}

/**
 * Derives the handle of an imported account from its name, in a-z, 0-9 and _, and its row ID, for example `nick_craver_2`.
 *
 * The handle depends only on the row, so that imports are idempotent in any order. The row ID after the last `_` makes it
 * unique within the source; adding it only on a collision would depend on the order. It can still collide with a handle of
 * another source, or one that a user has chosen: then {@link deriveAlternativeHandle} is used.
 */
export function deriveHandle({ name, fallback, site, rowId }: HandleOwner): string {
  const suffix =
    site === undefined ? createSuffix(rowId) : `${slugify(site).slice(0, 9)}_${createSuffix(rowId)}`
  return join(slugify(name) || fallback, suffix)
}

/** Derives another handle for an account whose first one is taken. Deterministic. */
export function deriveAlternativeHandle(handle: string, userId: string): string {
  const name = handle.slice(0, handle.lastIndexOf('_'))
  return join(name, hash(userId))
}

function join(name: string, suffix: string): string {
  const maxLength = maxHandleLength - suffix.length - 1
  return `${name.slice(0, maxLength).replace(/_+$/, '')}_${suffix}`
}

/** Returns a unique suffix for a row ID: a number, with `n` for a minus, or a longer hash of any other ID. */
function createSuffix(rowId: string): string {
  const number = /^(-?)(0|[1-9]\d{0,10})$/.exec(rowId)
  return number ? `${number[1] ? 'n' : ''}${number[2]}` : hash(rowId)
}

function hash(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return digest.readBigUInt64BE().toString(36).padStart(hashLength, '0').slice(-hashLength)
}

function slugify(name: string): string {
  const beginning = firstCodePoints(name, maxNameLength)
  return transliterate(normalizeBounded(beginning, 'NFKC', maxNameLength))
    .toLowerCase()
    .replace(/['’`´]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
}
