import {
  countCodePoints,
  findRefusedCharacter,
  firstCodePoints,
  isBlank,
  isWellFormed,
  removeRefusedCharacters,
  unifyLineBreaks,
} from '../../packages/platform'
import { maxTagLength, maxTags, maxUrlLength, normalizeTag } from '../../packages/subgraph-kit/input'

/** Clamps the values of one row to the limits of the API, and records whether a value was changed. */
export interface ValueClamp {
  /** Whether a value was shortened or replaced. */
  readonly adjusted: boolean
  /** Returns text of several lines with at most `limit` code points. */
  text(value: string, limit: number): string
  /** Returns text of one line with at most `limit` code points; null when it is empty. */
  line(value: string | null | undefined, limit: number): string | null
  /** Returns an http or https URL, or null. */
  url(value: string | null | undefined): string | null
  /** Returns at most 30 tags, normalized and without duplicates. */
  tags(values: readonly string[]): string[]
  number(value: number, min: number, max: number): number
  /** Returns the replacement of an invalid value, and records the change. */
  substitute<Value>(value: Value): Value
}

export function createValueClamp(): ValueClamp {
  let adjusted = false
  function substitute<Value>(value: Value): Value {
    adjusted = true
    return value
  }
  function clean(value: string): string {
    const wellFormed = isWellFormed(value) ? value : substitute(value.replaceAll('\0', '').toWellFormed())
    const text = unifyLineBreaks(wellFormed)
    return findRefusedCharacter(text) === undefined ? text : substitute(removeRefusedCharacters(text))
  }
  const emptyIfBlank = (value: string) => (isBlank(value) ? '' : value)
  const shorten = (value: string, limit: number) =>
    value.length <= limit || countCodePoints(value) <= limit ? value : substitute(truncate(value, limit))

  return {
    get adjusted() {
      return adjusted
    },
    substitute,
    text: (value, limit) => shorten(emptyIfBlank(clean(value).trim()), limit),
    line: (value, limit) =>
      shorten(
        emptyIfBlank(
          clean(value ?? '')
            .replace(/\s+/gu, ' ')
            .trim(),
        ),
        limit,
      ) || null,
    url: (value) => {
      const url = clean(value ?? '').trim()
      if (url === '') return null
      return countCodePoints(url) <= maxUrlLength && isHttpUrl(url) ? url : substitute(null)
    },
    tags: (values) => {
      const tags = new Set(values.map((tag) => normalizeTag(clean(tag))).filter((tag) => tag !== ''))
      const fitting = [...tags].filter((tag) => countCodePoints(tag) <= maxTagLength).slice(0, maxTags)
      return fitting.length === tags.size ? fitting : substitute(fitting)
    },
    number: (value, min, max) => (value < min ? substitute(min) : value > max ? substitute(max) : value),
  }
}

/** Truncates to `limit` code points, including an ellipsis; at white space, if there is some near the limit. */
function truncate(value: string, limit: number): string {
  const kept = firstCodePoints(value, limit - 1)
  const space = kept.slice(-60).search(/\s\S*$/)
  return `${(space > 0 ? kept.slice(0, Math.max(kept.length - 60, 0) + space) : kept).trimEnd()}…`
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
