import type { InputCheck } from './inputCheck'

// Longer than any tag that is allowed, written with as many combining characters as there are. Normalising takes time
// by the square of a run of those.
const normalisable = 1000

/**
 * One spelling for a tag: compatibility characters unified (Unicode NFKC), lower case, without `#` in front,
 * white space made `-`. Two tags that look alike become one. What is far too long for a tag stays as it is.
 */
export function normaliseTag(tag: string): string {
  const spaced = tag.replace(/\s+/gu, ' ').trim()
  if (spaced.length > normalisable) return spaced
  return spaced
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
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
