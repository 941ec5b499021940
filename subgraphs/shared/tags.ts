import type { InputCheck } from './inputCheck'
import { normalizeLong } from './text'

const maxLength = 100
/** Normalising can make a text shorter; one of more code units than this is too long for a tag in any case. */
const maxUnits = 10 * maxLength

/**
 * One spelling for a tag: compatibility characters unified (Unicode NFKC), lower case, without `#` in front,
 * white space made `-`. Two tags that look alike become one. What is far too long for a tag stays as it is.
 */
export function normaliseTag(tag: string): string {
  const spaced = tag.replace(/\s+/gu, ' ').trim()
  if (spaced.length > maxUnits) return spaced
  return normalizeLong(normalizeLong(spaced, 'NFKC').toLowerCase(), 'NFKC')
    .replace(/^[#\s]+/u, '')
    .trim()
    .replace(/\s+/gu, '-')
}

/** At most 30 tags of 1 to 100 code points, normalised, each once, in the order given. */
export function readTags(check: InputCheck, field: string, tags: readonly string[]): string[] {
  const normalised = tags.map(normaliseTag)
  normalised.forEach((tag, index) => check.length(`${field}.${index}`, tag, { min: 1, max: 100 }))
  const distinct = [...new Set(normalised)]
  if (distinct.length > 30) check.add('TOO_LONG', field, 'At most 30 tags.')
  return distinct
}
