/** Returns the text of an operation, that of a `DocumentNode` printed once: documents are usually constants. */
export async function toOperationText(document: string | object): Promise<string> {
  if (typeof document === 'string') return document
  const text = texts.get(document) ?? ('definitions' in document ? await print(document) : String(document))
  texts.set(document, text)
  return text
}

const texts = new WeakMap<object, string>()

async function print(document: object): Promise<string> {
  // Loaded by the first `DocumentNode`, since texts need no printer.
  const { printDocument } = await import('./printDocument.ts')
  return printDocument(document as Parameters<typeof printDocument>[0])
}

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
