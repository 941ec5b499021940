import { createHash } from 'node:crypto'

/** The documents of the operator's own clients. */
export interface TrustedDocuments {
  /** Their texts. */
  readonly sources: ReadonlySet<string>
  /**
   * Returns the text of an identifier.
   *
   * @param id of the manifest, or the SHA-256 of the text in hexadecimal digits, also with the prefix `sha256:`
   */
  find(id: string): string | undefined
}

/** The prefix of identifiers that are a hash (https://github.com/graphql/graphql-over-http, appendix "Persisted Documents"). */
const hashPrefix = 'sha256:'

/**
 * Joins the documents of manifests.
 *
 * @param manifests texts by their identifiers
 * @throws Error for an identifier of two texts, and for one that is the hash of another text
 */
export function createTrustedDocuments(manifests: readonly ReadonlyMap<string, string>[]): TrustedDocuments {
  const sourcesById = new Map<string, string>()
  const add = (id: string, source: string) => {
    if ((sourcesById.get(id) ?? source) !== source)
      throw new Error(`The identifier "${id}" belongs to two different documents.`)
    sourcesById.set(id, source)
  }
  for (const [id, source] of manifests.flatMap((manifest) => [...manifest])) {
    const hash = createHash('sha256').update(source).digest('hex')
    if (id.startsWith(hashPrefix) && id !== hashPrefix + hash)
      throw new Error(`The identifier "${id}" is not the SHA-256 of its document, which is ${hash}.`)
    for (const each of [id, hash, hashPrefix + hash]) add(each, source)
  }
  return { sources: new Set(sourcesById.values()), find: (id) => sourcesById.get(id) }
}
