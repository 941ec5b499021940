import { GraphQLError, isValueNode, Lexer, TokenKind, type Source } from 'graphql'

import { InvalidVariable } from '../executors/variables/variableValues'

/** In characters: one message may list the conflicts of many fields. */
const maxMessageLength = 1_000

/**
 * Returns the message of an error for clients: of bounded length, without values that they have sent (a literal may be a
 * password), and, with `hideNames`, without names of the schema that their document does not contain.
 */
export function toPublicMessage(message: string, error: unknown, hideNames: boolean): string {
  if (error instanceof InvalidVariable) return hideNames ? error.publicMessage : message
  if (!(error instanceof GraphQLError) || !error.nodes) return shorten(message)
  const [node] = error.nodes
  const withoutValue = node && isValueNode(node) ? removeLiteral(message) : message
  return hideNames ? hideForeignNames(shorten(withoutValue), error.source) : shorten(withoutValue)
}

function shorten(message: string): string {
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message
}

/** graphql-js ends messages with the literal: `…, found "x".` or `… value: "x"`. */
function removeLiteral(message: string): string {
  const ends = [', found ', ': '].map((mark) => message.indexOf(mark)).filter((at) => at !== -1)
  return ends.length === 0 ? message : `${message.slice(0, Math.min(...ends))}.`
}

/** graphql-js quotes each name: `Cannot query field "secret" on type "Query".` */
function hideForeignNames(message: string, document: Source | undefined): string {
  const cached = document && collectNames(document)
  return message.replace(/"[^"]*"/g, (quoted) => {
    const names = quoted.match(/\w+/g) ?? []
    return names.every((name) => cached?.has(name)) ? quoted : '(hidden)'
  })
}

/** A cache, since a document may have many errors, each of which may quote hundreds of names. */
const namesByDocument = new WeakMap<Source, ReadonlySet<string>>()

/** Returns the names in a document, except in strings and comments. */
function collectNames(document: Source): ReadonlySet<string> {
  const cached = namesByDocument.get(document)
  if (cached) return cached
  const names = new Set<string>()
  const lexer = new Lexer(document)
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance())
    if (token.kind === TokenKind.NAME) names.add(token.value)
  namesByDocument.set(document, names)
  return names
}
