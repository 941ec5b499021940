import MarkdownIt from 'markdown-it'

import { countCodePoints, firstCodePoints } from '../../../packages/platform/text/text'

const markdown = new MarkdownIt({ html: true })
// How many code points on both sides of the limit.
const lookAround = 60
const words = new Intl.Segmenter('en', { granularity: 'word' })

const longest = 280
// How much Markdown is parsed for an excerpt: usually this is enough, and where it is not, this is all that is read.
const usual = 1000
const most = 4000

/**
 * The beginning of a Markdown text as plain text on one line: what is written of links, images (their description) and
 * code, no HTML; at most 280 code points, cut between words, with `…` where something was cut.
 */
export function createExcerpt(body: string): string {
  return excerptWithin(body, usual) ?? excerptWithin(body, most) ?? `${plainText(wholeLines(body, most))}…`
}

/** Undefined where so much Markdown has too little text. */
function excerptWithin(body: string, limit: number): string | undefined {
  const beginning = wholeLines(body, limit)
  const plain = plainText(beginning)
  if (countCodePoints(plain) > longest) return `${cut(plain)}…`
  return beginning.length === body.length ? plain : undefined
}

/** The lines that fit; of a line that is longer, the beginning. */
function wholeLines(body: string, limit: number): string {
  const beginning = firstCodePoints(body, limit)
  const end = beginning.length < body.length ? beginning.lastIndexOf('\n') : -1
  return end > 0 ? beginning.slice(0, end) : beginning
}

function plainText(text: string): string {
  const pieces: string[] = []
  for (const token of markdown.parse(text, {})) {
    if (token.type === 'inline') pieces.push(inlineText(token.children ?? []))
    else if (token.type === 'fence' || token.type === 'code_block') pieces.push(token.content)
    else if (token.type === 'html_block') pieces.push(withoutTags(token.content))
  }
  return pieces.join(' ').replace(/\s+/gu, ' ').trim()
}

type Token = ReturnType<typeof markdown.parse>[number]

function inlineText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      switch (token.type) {
        case 'text':
        case 'text_special':
        case 'code_inline':
          return token.content
        case 'image':
          return inlineText(token.children ?? [])
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

/** The text of a block of HTML; it is shown as text, so nothing of it needs to be safe as HTML. */
function withoutTags(html: string): string {
  const shown = html.replace(/<(script|style)\b[^]*?(?:<\/\1\s*>|$)|<!--[^]*?(?:-->|$)|<[^>]*(?:>|$)/gi, ' ')
  return markdown.utils.unescapeAll(shown)
}

/** The most whole words that fit. A word that is longer than an excerpt is cut. */
function cut(plain: string): string {
  const characters = [...firstCodePoints(plain, longest + lookAround)]
  const sure = characters.slice(0, longest - lookAround).join('')
  let fits = ''
  let length = longest - lookAround
  // Where a word ends depends on what stands around it, so some of that is looked at.
  for (const { segment } of words.segment(characters.slice(longest - lookAround).join(''))) {
    length += countCodePoints(segment)
    if (length > longest) break
    fits += segment
  }
  return (fits === '' ? characters.slice(0, longest).join('') : sure + fits).trimEnd()
}
