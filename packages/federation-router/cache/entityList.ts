const prefix = '{"data":{"_entities":['
const [quoteMark, backslash, comma] = [34, 92, 44]
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93]

/** Returns the body of a response with these entities, which are JSON text. */
export const joinEntities = (entities: readonly (string | undefined)[]): string =>
  `${prefix}${entities.join()}]}}`

/**
 * Splits the entities of a response into their JSON texts, with one character for each byte. The response must be valid JSON, since only
 * its strings and brackets are read.
 *
 * @returns undefined for a response with white space before the entities, or with other fields before them
 */
export function splitEntities(body: Buffer | string): string[] | undefined {
  const text = typeof body === 'string' ? body : body.toString('latin1')
  if (!text.startsWith(prefix)) return undefined
  const entities: string[] = []
  if (text.charCodeAt(prefix.length) === closeBracket) return entities
  let depth = 0
  let start = prefix.length
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quoteMark) at = findStringEnd(text, at)
    else if (code === openBrace || code === openBracket) depth++
    else if (code === closeBrace) depth--
    else if (code === comma && depth === 0) {
      entities.push(text.slice(start, at))
      start = at + 1
    } else if (code === closeBracket && depth-- === 0) {
      entities.push(text.slice(start, at))
      return entities
    }
  }
  return undefined
}

/** Returns the position of the quotation mark that ends the string. */
function findStringEnd(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = text.indexOf('"', at)
    if (at === -1) return text.length
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return at
  }
}
