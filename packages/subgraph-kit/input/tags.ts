import type { InputValidator } from './inputValidator'
import {
  findRefusedCharacter,
  firstCodePoints,
  normalizeLong,
  removeInvisibleCharacters,
  unifyLineBreaks,
} from '../../platform'

/** In code points. */
export const maxTagLength = 100
/** Normalization can shorten a text; one of more code units than this is too long for a tag in any case. */
const maxCodeUnits = 10 * maxTagLength
/** Of one post or event. */
export const maxTags = 30
/** Before duplicates are removed. */
const maxGivenTags = 100

/** Hyphens, dashes and the minus sign. */
const dashes = /[\u2010-\u2015\u2212]/g

/**
 * Normalizes a tag, so that tags which look alike are equal: width and other compatibility forms unified (Unicode NFKC),
 * lower case, without `#` in front and without invisible characters, white space and dashes replaced by `-`. Similar
 * letters of different scripts, and accents, still distinguish tags. Truncates a text that is far too long for a tag; the
 * result is still too long.
 */
export function normalizeTag(tag: string): string {
  const spaced = tag.replace(/\s+/gu, ' ').trim()
  if (spaced.length > maxCodeUnits) return firstCodePoints(spaced, maxTagLength + 1)
  const lower = normalizeLong(removeInvisibleCharacters(spaced), 'NFKC').toLowerCase()
  // Compatibility forms of invisible characters have become visible to the rule.
  return normalizeLong(removeInvisibleCharacters(lower), 'NFKC')
    .replace(/^[#\s]+/u, '')
    .trim()
    .replace(/\s+/gu, '-')
    .replace(dashes, '-')
}

/** Reads at most 30 tags of 1 to 100 code points, normalized, without duplicates, in the given order. */
export function readTags(validator: InputValidator, field: string, tags: readonly string[]): string[] {
  const normalized = validator.readList(field, tags, { max: maxGivenTags }, (given, item) => {
    const tag = normalizeTag(given)
    const isShort = given.length <= maxCodeUnits
    if (isShort && findRefusedCharacter(unifyLineBreaks(given)) !== undefined)
      validator.readText(item, given, { max: maxCodeUnits })
    else validator.checkLength(item, tag, { min: 1, max: maxTagLength })
    return tag
  })
  return validator.readList(field, [...new Set(normalized)], { max: maxTags }, (tag) => tag)
}
