import MarkdownIt from 'markdown-it'

import { countCodePoints, firstCodePoints } from '../../../packages/platform'

const markdown = new MarkdownIt({ html: true })
const wordSegmenter = new Intl.Segmenter('en', { granularity: 'word' })

// All lengths are in code points.
const maxLength = 280
/** The distance before and after the maximum length that is segmented into words. */
const segmentationRadius = 60
/** The length of Markdown that is parsed first; it suffices for nearly all texts. */
const initialParseLength = 1000
const maxParseLength = 4000

/**
 * Converts the beginning of a Markdown text to plain text on one line: the text of links and code, the description of
 * images, no HTML. The excerpt has at most 280 code points, is cut between words, and ends with `…` when it was cut.
 */
export function createExcerpt(body: string): string {
  return (
    excerptFrom(body, initialParseLength) ??
    excerptFrom(body, maxParseLength) ??
    `${toPlainText(firstLines(body, maxParseLength))}…`
  )
}

/** Returns undefined when the first `limit` code points of Markdown contain too little text for an excerpt. */
function excerptFrom(body: string, limit: number): string | undefined {
  const beginning = firstLines(body, limit)
  const plain = toPlainText(beginning)
  if (countCodePoints(plain) > maxLength) return `${truncate(plain)}…`
  return beginning.length === body.length ? plain : undefined
}

/** Returns the complete lines within the limit, or the beginning of a first line that exceeds it. */
function firstLines(body: string, limit: number): string {
  const beginning = firstCodePoints(body, limit)
  const end = beginning.length < body.length ? beginning.lastIndexOf('\n') : -1
  return end > 0 ? beginning.slice(0, end) : beginning
}

function toPlainText(text: string): string {
  const pieces: string[] = []
  for (const token of markdown.parse(text, {})) {
    if (token.type === 'inline') pieces.push(toInlineText(token.children ?? []))
    else if (token.type === 'fence' || token.type === 'code_block') pieces.push(token.content)
    else if (token.type === 'html_block') pieces.push(stripTags(token.content))
  }
  return pieces.join(' ').replace(/\s+/gu, ' ').trim()
}

type Token = ReturnType<typeof markdown.parse>[number]

function toInlineText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      switch (token.type) {
        case 'text':
        case 'text_special':
        case 'code_inline':
          return token.content
        case 'image':
          return toInlineText(token.children ?? [])
        case 'softbreak':
        case 'hardbreak':
          return ' '
        default:
          return isLineBreak(token) ? ' ' : ''
      }
    })
    .join('')
}

function isLineBreak(token: Token): boolean {
  return token.type === 'html_inline' && /^<br\b/i.test(token.content)
}

/** Returns the text of an HTML block. Excerpts are rendered as text, so the result need not be safe as HTML. */
function stripTags(html: string): string {
  const text = html.replace(/<(script|style)\b[^]*?(?:<\/\1\s*>|$)|<!--[^]*?(?:-->|$)|<[^>]*(?:>|$)/gi, ' ')
  return markdown.utils.unescapeAll(text)
}

/** Returns as many whole words as fit into an excerpt. A single longer word is cut. */
function truncate(plain: string): string {
  const characters = [...firstCodePoints(plain, maxLength + segmentationRadius)]
  let length = maxLength - segmentationRadius
  const start = characters.slice(0, length).join('')
  let fitting = ''
  // Word boundaries depend on their context, so the text after the limit is segmented too.
  for (const { segment } of wordSegmenter.segment(characters.slice(length).join(''))) {
    length += countCodePoints(segment)
    if (length > maxLength) break
    fitting += segment
  }
  return (fitting === '' ? characters.slice(0, maxLength).join('') : start + fitting).trimEnd()
}
