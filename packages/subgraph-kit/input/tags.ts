import type { InputValidator } from './inputValidator'
import { firstCodePoints, normalizeLong } from '../../platform/text/text'

const maxLength = 100
/** Normalising can make a text shorter; one of more code units than this is too long for a tag in any case. */
const maxUnits = 10 * maxLength
const maxTags = 30
/** Tags that are given several times count once. */
const maxRepeatedTags = 100

/**
 * One spelling for a tag: compatibility characters unified (Unicode NFKC), lower case, without `#` in front,
 * white space made `-`. Two tags that look alike become one. Of what is far too long for a tag, the beginning is returned,
 * which is too long as well.
 */
export function normalizeTag(tag: string): string {
  const spaced = tag.replace(/\s+/gu, ' ').trim()
  if (spaced.length > maxUnits) return firstCodePoints(spaced, maxLength + 1)
  return normalizeLong(normalizeLong(spaced, 'NFKC').toLowerCase(), 'NFKC')
    .replace(/^[#\s]+/u, '')
    .trim()
    .replace(/\s+/gu, '-')
}

/** Reads at most 30 tags of 1 to 100 code points, normalised, each once, in the order given. */
export function readTags(check: InputValidator, field: string, tags: readonly string[]): string[] {
  const normalised = check.readList(field, tags, { max: maxRepeatedTags }, (given, item) => {
    const tag = normalizeTag(given)
    check.checkLength(item, tag, { min: 1, max: maxLength })
    return tag
  })
  return check.readList(field, [...new Set(normalised)], { max: maxTags }, (tag) => tag)
}
