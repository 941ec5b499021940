import type { InputValidator } from './inputValidator'
import { firstCodePoints, normalizeLong } from '../../platform'

const maxLength = 100
/** Normalization can shorten a text; one of more code units than this is too long for a tag in any case. */
const maxCodeUnits = 10 * maxLength
const maxTags = 30
/** Before duplicates are removed. */
const maxGivenTags = 100

/**
 * Normalizes a tag, so that tags which look alike are equal: compatibility characters unified (Unicode NFKC),
 * lower case, without `#` in front, white space replaced by `-`. Truncates a text that is far too long for a
 * tag; the result is still too long.
 */
export function normalizeTag(tag: string): string {
  const spaced = tag.replace(/\s+/gu, ' ').trim()
  if (spaced.length > maxCodeUnits) return firstCodePoints(spaced, maxLength + 1)
  return normalizeLong(normalizeLong(spaced, 'NFKC').toLowerCase(), 'NFKC')
    .replace(/^[#\s]+/u, '')
    .trim()
    .replace(/\s+/gu, '-')
}

/** Reads at most 30 tags of 1 to 100 code points, normalized, without duplicates, in the given order. */
export function readTags(validator: InputValidator, field: string, tags: readonly string[]): string[] {
  const normalized = validator.readList(field, tags, { max: maxGivenTags }, (given, item) => {
    const tag = normalizeTag(given)
    validator.checkLength(item, tag, { min: 1, max: maxLength })
    return tag
  })
  return validator.readList(field, [...new Set(normalized)], { max: maxTags }, (tag) => tag)
}
