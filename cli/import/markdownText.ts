/**
 * Matches TeX as MathJax and GitHub do: `$$…$$`, `$…$`, `\(…\)` and `\[…\]`. A `$` beside a space or before a digit is an
 * amount of money, unless there is TeX between two of them. With another backslash before it, `\(` is text.
 */
const math =
  /\$\$[^$]+\$\$|\$(?!\s)[^$]+(?<!\s)\$(?!\d)|\$(?=[^$\\^{}]*[\\^{}])[^$]+\$|(?<!\\)\\\((?:(?!\\[()])[^])+\\\)|(?<!\\)\\\[(?:(?!\\[[\]])[^])+\\\]/g

/** Marks the end of a text whose last character may form markup with the following text. HTML cannot contain it. */
const textEnd = '\u0001'

/**
 * Escapes the characters that CommonMark or GitHub's extensions would read as markup in the text of an HTML element,
 * except mathematics. {@link resolveTextEnds} completes the escaping when the texts have been joined.
 */
export function escapeMarkdown(text: string): string {
  let escaped = ''
  let end = 0
  for (const { 0: formula, index } of text.matchAll(math)) {
    escaped += escapeText(text.slice(end, index), end === 0) + breakTags(formula)
    end = index + formula.length
  }
  return escaped + markTextEnd(escapeText(text.slice(end), end === 0))
}

/** Escapes the characters at the ends of texts that form markup with the following text. */
export function resolveTextEnds(markdown: string): string {
  return markdown
    .replace(blockMarker, (_, prefix: string, marker: string) => prefix + escapeLast(marker))
    .replace(/([\\!<])\u0001(?=([^]?))/g, (_, character: string, next: string) =>
      isMarkupBefore(character, next) ? `\\${character}` : character,
    )
    .replaceAll(textEnd, '')
}

// A marker that begins a block at the start of a line, also in quotes, lists and headings, when nothing follows it.
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

/** Separates `<` from the next character, so that a formula contains no tag. White space has no meaning in TeX. */
function breakTags(formula: string): string {
  return formula.replace(/<(?=[a-z][a-z0-9-]*(?:\s*$|\s*\/?>|\s+[a-z_:])|\/[a-z]|[!?])/gi, '< ')
}

function escapeText(text: string, isStart: boolean): string {
  const escaped = text.replace(/\\|`|\*+|_+|~+|[[\]<&]/g, (run, at: number) =>
    isMarkup(text, run, at) ? run.replace(/./g, '\\$&') : run,
  )
  const withoutClosing = escaped.replace(/(?<=\s)#(?=#*$)/, '\\#')
  return isStart ? escapeLineStart(withoutClosing) : withoutClosing
}

/** @param run one special character, or several equal ones, at index `at` */
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

/** Escapes the characters that begin a block at the start of a line. */
function escapeLineStart(text: string): string {
  if (/^(?:#{1,6}|[+-]|\d{1,9}[.)])$/.test(text)) return text + textEnd
  return text
    .replace(/^(?:#{1,6}(?=\s)|>|[+-](?=\s)|=(?==*\s*$)|[-|:](?=[-|:\s]+$))/, '\\$&')
    .replace(/^(\d{1,9})([.)])(?=\s)/, '$1\\$2')
}
