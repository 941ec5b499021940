import { print } from '@0no-co/graphql.web'

/** Returns the text of an operation, that of a `DocumentNode` printed once: documents are usually constants. */
export function toOperationText(document: string | object): string {
  if (typeof document === 'string') return document
  const text =
    texts.get(document) ?? ('definitions' in document ? print(document as Printable) : String(document))
  texts.set(document, text)
  return text
}

type Printable = Parameters<typeof print>[0]
const texts = new WeakMap<object, string>()

/** Comments, texts, brackets, and a keyword with the name of its operation. */
const tokens =
  /#.*|"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|[{}()]|\b(?:query|mutation|subscription)\s+(\w+)/g

/** Returns the name of the first operation of a text; undefined if it has none. */
export function readOperationName(text: string): string | undefined {
  let depth = 0
  for (const [token, name] of text.matchAll(tokens)) {
    // Fields and arguments may be named like the keywords.
    if (name !== undefined && depth === 0) return name
    if (token === '{' || token === '(') depth++
    if (token === '}' || token === ')') depth--
  }
  return undefined
}
