/** How many people one text can mention. */
const maxMentions = 20

/** A handle after `@`, which is not part of an email address, a path or an address such as `@ada@example.org`. */
const mentionPattern = /(?<![\p{L}\p{N}_@/.+-])@([a-z0-9_]{3,30})(?![\p{L}\p{N}_@])/giu

const fencePattern = /^ {0,3}(?:```|~~~)/

/**
 * Returns the handles that a Markdown text mentions as `@handle`, outside of code: in lower case, without duplicates, the
 * first 20.
 */
export function findMentions(markdown: string): string[] {
  const handles = new Set<string>()
  let isCode = false
  for (const line of markdown.split('\n')) {
    if (fencePattern.test(line)) isCode = !isCode
    else if (!isCode && line.includes('@')) {
      for (const [, handle = ''] of removeCodeSpans(line).matchAll(mentionPattern)) {
        handles.add(handle.toLowerCase())
        if (handles.size === maxMentions) return [...handles]
      }
    }
  }
  return [...handles]
}

/** Returns the handles that a changed text mentions, and the text before it did not. */
export function findNewMentions(before: string, after: string): string[] {
  const known = new Set(findMentions(before))
  return findMentions(after).filter((handle) => !known.has(handle))
}

/** Replaces the text between backticks of a line by a space. Backticks without counterpart stay. */
function removeCodeSpans(line: string): string {
  const segments = line.split(/`+/)
  return segments
    .map((text, index) => (index % 2 === 1 && index < segments.length - 1 ? ' ' : text))
    .join('`')
}
