/**
 * TeX as in MathJax and GitHub: `$$…$$`, `$…$`, `\(…\)` and `\[…\]`. A `$` that begins or ends with a space, or before a
 * digit, is an amount of money unless TeX stands between the two.
 */
const math =
  /\$\$[^$]+\$\$|\$(?!\s)[^$]+(?<!\s)\$(?!\d)|\$(?=[^$\\^{}]*[\\^{}])[^$]+\$|\\\((?:(?!\\[()])[^])*\\\)|\\\[(?:(?!\\[[\]])[^])*\\\]/g

/** Marks the end of a text whose last character may be markup together with the next text. HTML cannot contain it. */
const textEnd = '\u0001'

/**
 * Escapes what CommonMark or GitHub's extensions would read as markup in the text of an HTML element. Mathematics stays as it
 * is. {@link resolveTextEnds} completes it once the text stands among the others.
 */
export function escapeMarkdown(text: string): string {
  let escaped = ''
  let end = 0
  for (const { 0: formula, index } of text.matchAll(math)) {
    escaped += escapeText(text.slice(end, index), end === 0) + withoutTags(formula)
    end = index + formula.length
  }
  return escaped + markTextEnd(escapeText(text.slice(end), end === 0))
}

/** Escapes the characters at the ends of texts that are markup together with the next text. */
export function resolveTextEnds(markdown: string): string {
  return markdown
    .replace(blockMarker, (_, prefix: string, marker: string) => prefix + escapeLast(marker))
    .replace(/([\\!<])\u0001(?=([^]?))/g, (_, character: string, next: string) =>
      isMarkupBefore(character, next) ? `\\${character}` : character,
    )
    .replaceAll(textEnd, '')
}

// The start of a line, in quotes, lists and headings, and what begins a block where nothing follows it.
const blockMarker = /^((?:[> ]|- |\d+\. )*(?:#{1,6} )?)(#{1,6}|[+-]|\d{1,9}[.)])\u0001(?=\s|$)/gm
const escapeLast = (marker: string) => `${marker.slice(0, -1)}\\${marker.slice(-1)}`

function isMarkupBefore(character: string, next: string): boolean {
  switch (character) {
    case '!':
      return next === '['
    case '<':
      return tagStart.test(next)
    default:
      return punctuation.test(next) || next === '\n'
  }
}

const punctuation = /^[!-/:-@[-`{-~]/
const tagStart = /^[a-z/!?]/i
const word = /[\p{L}\p{N}]/u

function markTextEnd(text: string): string {
  return ['\\', '!', '<'].includes(text.slice(-1)) ? text + textEnd : text
}

/** In TeX, white space after `<` means nothing; without it a formula could contain a tag. */
function withoutTags(formula: string): string {
  return formula.replace(/<(?=[a-z][a-z0-9-]*(?:\s*$|\s*\/?>|\s+[a-z_:])|\/[a-z]|[!?])/gi, '< ')
}

function escapeText(text: string, isStart: boolean): string {
  const escaped = text.replace(/\\|`|\*+|_+|~+|[[\]<&]/g, (run, at: number) =>
    isMarkup(text, run, at) ? run.replace(/./g, '\\$&') : run,
  )
  const withoutClosing = escaped.replace(/(?<=\s)#(?=#*$)/, '\\#')
  return isStart ? escapeLineStart(withoutClosing) : withoutClosing
}

/** @param run one special character, or several equal ones, at this place of the text */
function isMarkup(text: string, run: string, at: number): boolean {
  const before = text.charAt(at - 1)
  const after = text.slice(at + run.length, at + run.length + 1)
  const isAlone = /^\s$/.test(before) && /^\s$/.test(after)
  switch (run.charAt(0)) {
    case '\\':
      return punctuation.test(after)
    case '*':
      return !isAlone
    case '_':
      return !isAlone && !(word.test(before) && word.test(after))
    case '~':
      return run.length > 1
    case '<':
      return tagStart.test(after)
    case '&':
      return /^&#?\w{1,40};/.test(text.slice(at, at + 50))
    default:
      return true
  }
}

/** A text may stand at the start of a line, where some characters begin a block. */
function escapeLineStart(text: string): string {
  if (/^(?:#{1,6}|[+-]|\d{1,9}[.)])$/.test(text)) return text + textEnd
  return text
    .replace(/^(?:#{1,6}(?=\s)|>|[+-](?=\s)|=(?==*\s*$)|[-|:](?=[-|:\s]+$))/, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s)/, '$1\\$2')
}
