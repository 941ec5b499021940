import { countCodePoints, firstCodePoints, isWellFormed } from '../../packages/platform/text/text'
import { normalizeTag } from '../../packages/subgraph-kit/input/tags'

/**
 * Makes the values of one row fit the contract's limits, and remembers whether one of them had to be changed.
 * Everything that it returns can be stored.
 */
export interface ValueClamp {
  /** Whether anything was lost on the way. */
  readonly adjusted: boolean
  /** A text of several lines, at most so many code points. */
  text(value: string, limit: number): string
  /** A text of one line, at most so many code points; null when nothing is left. */
  line(value: string | null | undefined, limit: number): string | null
  /** An http or https address, or null. */
  url(value: string | null | undefined): string | null
  /** Normalised, each once, at most 30. */
  tags(values: readonly string[]): string[]
  /** A number within limits. */
  number(value: number, least: number, most: number): number
  /** What a value becomes that the contract does not take. */
  substitute<Value>(value: Value): Value
}

const longestUrl = 2000
const longestTag = 100
const mostTags = 30

export function createValueClamp(): ValueClamp {
  let adjusted = false
  function instead<Value>(value: Value): Value {
    adjusted = true
    return value
  }
  const clean = (value: string) =>
    isWellFormed(value) ? value : instead(value.replaceAll('\0', '').toWellFormed())
  const shorten = (value: string, limit: number) =>
    value.length <= limit || countCodePoints(value) <= limit ? value : instead(cut(value, limit))

  const fit: ValueClamp = {
    get adjusted() {
      return adjusted
    },
    substitute: instead,
    text: (value, limit) => shorten(clean(value).replace(/\r\n?/g, '\n').trim(), limit),
    line: (value, limit) =>
      shorten(
        clean(value ?? '')
          .replace(/\s+/gu, ' ')
          .trim(),
        limit,
      ) || null,
    url: (value) => {
      const url = clean(value ?? '').trim()
      if (url === '') return null
      return countCodePoints(url) <= longestUrl && isWebAddress(url) ? url : instead(null)
    },
    tags: (values) => {
      const tags = new Set(values.map((tag) => normalizeTag(clean(tag))).filter((tag) => tag !== ''))
      const fitting = [...tags].filter((tag) => countCodePoints(tag) <= longestTag).slice(0, mostTags)
      return fitting.length === tags.size ? fitting : instead(fitting)
    },
    number: (value, least, most) => (value < least ? instead(least) : value > most ? instead(most) : value),
  }
  return fit
}

/** Ends at white space where there is some near the limit, with an ellipsis, which counts. */
function cut(value: string, limit: number): string {
  const kept = firstCodePoints(value, limit - 1)
  const space = kept.slice(-60).search(/\s\S*$/)
  return `${(space > 0 ? kept.slice(0, Math.max(kept.length - 60, 0) + space) : kept).trimEnd()}…`
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
