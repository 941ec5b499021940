import type { InputCheck } from './inputCheck'

/**
 * One spelling for a tag: compatibility characters unified (Unicode NFKC), lower case, without `#` in front,
 * white space made `-`. Two tags that look alike become one.
 */
export function normaliseTag(tag: string): string {
  return tag.normalize('NFKC').toLowerCase().trim().replace(/^#+/, '').trim().replace(/\s+/gu, '-')
}

/** At most 30 tags of 1 to 100 code points, normalised, each once, in the order given. */
export function readTags(check: InputCheck, field: string, tags: readonly string[]): string[] {
  const normalised = tags.map(normaliseTag)
  normalised.forEach((tag, index) => check.length(`${field}.${index}`, tag, { min: 1, max: 100 }))
  const distinct = [...new Set(normalised)]
  if (distinct.length > 30) check.add('TOO_LONG', field, 'At most 30 tags.')
  return distinct
}
