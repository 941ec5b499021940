import MarkdownIt from 'markdown-it'

import { codePoints, firstCodePoints } from '../shared/text'

const markdown = new MarkdownIt({ html: true })
const words = new Intl.Segmenter('en', { granularity: 'word' })

const longest = 280
// Of Markdown, more than an excerpt ever needs: the rest of a long body is not parsed for it.
const parsed = 4000

/**
 * The beginning of a Markdown text as plain text on one line: what is written of links, images (their description) and
 * code, no HTML; at most 280 code points, cut between words, with `…` where something was cut.
 */
export function excerptOf(body: string): string {
  const beginning = firstCodePoints(body, parsed)
  const plain = plainText(beginning)
  if (codePoints(plain) > longest) return `${cut(plain)}…`
  return beginning.length < body.length ? `${plain}…` : plain
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
  let end = 0
  let length = 0
  // A word that goes on behind the limit must be seen to do so.
  for (const { segment } of words.segment(firstCodePoints(plain, longest + 100))) {
    length += codePoints(segment)
    if (length > longest) break
    end += segment.length
  }
  return (end > 0 ? plain.slice(0, end) : firstCodePoints(plain, longest)).trimEnd()
}
