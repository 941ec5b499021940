import { createHash } from 'node:crypto'
import { transliterate } from 'transliteration'

import { firstCodePoints, normalizeBounded } from '../../packages/platform/text/text'

const longestHandle = 30
// Far more than a handle shows: no name of a person has 30 characters in a row that leave nothing.
const longestName = 1000
const hashLength = 13

/** Who an imported account stands for. */
export interface HandleOwner {
  /** As people read it, in any script. */
  name: string
  /** Stands in for a name that leaves nothing, for example of emoji only: `user`. */
  fallback: string
  /** Where the row comes from, when it is not the format's own name. */
  site?: string | undefined
  /** The row's id in its source. */
  rowId: string
}

/**
 * The handle of an imported account: its name in a-z, 0-9 and _, and always its row id, for example `nick_craver_2`.
 *
 * It depends on nothing but the row, so that any order, a second run, and a run that was killed give the same; and
 * the id, which is what follows the last `_`, keeps two rows of one source apart. An id added only where names
 * collide would depend on who came first. What a handle can still collide with is another source's, or one that
 * somebody has chosen: then {@link deriveAlternativeHandle} serves.
 */
export function deriveHandle({ name, fallback, site, rowId }: HandleOwner): string {
  const suffix = site === undefined ? suffixFor(rowId) : `${slug(site).slice(0, 9)}_${suffixFor(rowId)}`
  return join(slug(name) || fallback, suffix)
}

/** Another handle for the same account, for when the first one is taken by somebody else; the same every time. */
export function deriveAlternativeHandle(handle: string, userId: string): string {
  const name = handle.slice(0, handle.lastIndexOf('_'))
  return join(name, hash(userId))
}

function join(name: string, suffix: string): string {
  const room = longestHandle - suffix.length - 1
  return `${name.slice(0, room).replace(/_+$/, '')}_${suffix}`
}

/** Different for different ids: a number as it is, `n` for a minus, a hash, longer than those, for anything else. */
function suffixFor(rowId: string): string {
  const number = /^(-?)(0|[1-9]\d{0,10})$/.exec(rowId)
  return number ? `${number[1] ? 'n' : ''}${number[2]}` : hash(rowId)
}

function hash(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return digest.readBigUInt64BE().toString(36).padStart(hashLength, '0').slice(-hashLength)
}

function slug(name: string): string {
  const beginning = firstCodePoints(name, longestName)
  return transliterate(normalizeBounded(beginning, 'NFKC', longestName))
    .toLowerCase()
    .replace(/['’`´]/g, '')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
}
