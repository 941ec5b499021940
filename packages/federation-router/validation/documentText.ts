import { GraphQLError, Lexer, Source, TokenKind } from 'graphql'

/** In characters. Each error message quotes names, and the same name may be quoted in every one of them. */
const maxNameLength = 256

/**
 * Refuses documents whose text alone makes error reporting expensive, before they are parsed: graphql-js counts the
 * lines before each node of an error (2.6 s for 1.4 MB of line breaks), and quotes names of any length.
 *
 * @param maxLines the limit of tokens, since only comments and block strings have more lines than tokens
 * @throws QUERY_TOO_COMPLEX
 */
export function requireReportableText(source: string, maxLines: number): void {
  if (hasMoreLines(source, maxLines)) throw refuse(`The document has more than ${maxLines} lines.`)
  // Most documents contain no word of that length, neither a name nor part of a string.
  if (longWord.test(source) && hasLongName(source))
    throw refuse(`The document has a name of more than ${maxNameLength} characters.`)
}

const longWord = new RegExp(`\\w{${maxNameLength + 1}}`)

function refuse(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'QUERY_TOO_COMPLEX', http: { status: 400 } } })
}

/** Counts both line terminators of GraphQL: line feed and carriage return. */
function hasMoreLines(text: string, maxLines: number): boolean {
  if (text.length < maxLines) return false
  let lines = 1
  for (const terminator of ['\n', '\r'])
    for (let at = text.indexOf(terminator); at !== -1; at = text.indexOf(terminator, at + 1)) {
      const isCounted = terminator === '\r' && text[at + 1] === '\n'
      if (!isCounted && ++lines > maxLines) return true
    }
  return false
}

function hasLongName(text: string): boolean {
  const lexer = new Lexer(new Source(text))
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance())
      if (token.kind === TokenKind.NAME && token.end - token.start > maxNameLength) return true
  } catch {
    // The parser reports the syntax error.
  }
  return false
}
