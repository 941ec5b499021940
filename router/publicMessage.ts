import { GraphQLError, isValueNode } from 'graphql'

import { InvalidVariable } from './execution/variables'

/** In characters. Conflicts of many fields are listed in one message. */
const maxMessageLength = 1_000

/**
 * Returns an error's message as clients may read it: of bounded length, without values that they have sent (a literal may
 * be a password), and, where names are hidden, without names of the schema that their document does not contain.
 */
export function toPublicMessage(message: string, error: unknown, hideNames: boolean): string {
  if (error instanceof InvalidVariable) return hideNames ? error.publicMessage : message
  if (!(error instanceof GraphQLError) || !error.nodes) return shorten(message)
  const [node] = error.nodes
  const withoutValue = node && isValueNode(node) ? withoutLiteral(message) : message
  return hideNames
    ? withoutForeignNames(shorten(withoutValue), error.source?.body ?? '')
    : shorten(withoutValue)
}

function shorten(message: string): string {
  return message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message
}

/** graphql-js ends messages with the literal: `…, found "x".` or `… value: "x"`. */
function withoutLiteral(message: string): string {
  const ends = [', found ', ': '].map((mark) => message.indexOf(mark)).filter((at) => at !== -1)
  return ends.length === 0 ? message : `${message.slice(0, Math.min(...ends))}.`
}

/** graphql-js quotes each name: `Cannot query field "secret" on type "Query".` */
function withoutForeignNames(message: string, document: string): string {
  return message.replace(/"[^"]*"/g, (quoted) => {
    const names = quoted.match(/\w+/g) ?? []
    return names.every((name) => containsName(document, name)) ? quoted : '(hidden)'
  })
}

function containsName(document: string, name: string): boolean {
  const isPart = (at: number) => /\w/.test(document[at] ?? '')
  for (let at = document.indexOf(name); at !== -1; at = document.indexOf(name, at + 1))
    if (!isPart(at - 1) && !isPart(at + name.length)) return true
  return false
}
