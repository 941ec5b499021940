import type { BaseContext } from '@apollo/server'
import { GraphQLError, Lexer, Source, TokenKind } from 'graphql'

import type { OperationServer } from '../../platform/http/graphqlRoute'
import { isObject } from '../../platform/json'

/** In characters. Each error message quotes names, and the same name may be quoted in every one of them. */
const maxNameLength = 256

/**
 * Refuses documents whose text alone makes error reporting expensive, before they are parsed: graphql-js counts the
 * lines in front of each node that an error names (1.4 MB of line breaks took 2.6 s), and quotes names of any length.
 * Queries in the URL are bounded by the size of HTTP headers.
 *
 * @param maxLines a document cannot use more lines than it has tokens, but for comments and block strings
 */
export function limitDocumentText<Context extends BaseContext>(
  server: OperationServer<Context>,
  maxLines: number,
): OperationServer<Context> {
  return {
    executeHTTPGraphQLRequest({ httpGraphQLRequest, context }) {
      const { body } = httpGraphQLRequest
      const query = isObject(body) ? body['query'] : undefined
      const refusal = typeof query === 'string' ? findExcess(query, maxLines) : undefined
      return server.executeHTTPGraphQLRequest({
        httpGraphQLRequest,
        context: refusal ? () => Promise.reject(refusal) : context,
      })
    },
  }
}

function findExcess(query: string, maxLines: number): GraphQLError | undefined {
  if (hasMoreLines(query, maxLines)) return refuse(`The document has more than ${maxLines} lines.`)
  // Most documents contain no word of that length, neither a name nor part of a string.
  if (!longWord.test(query) || !hasLongName(query)) return undefined
  return refuse(`The document has a name of more than ${maxNameLength} characters.`)
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
