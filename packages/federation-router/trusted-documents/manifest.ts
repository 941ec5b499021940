import { isObject } from '../../platform'

/**
 * The format of the manifests that Apollo's tools write
 * (https://www.apollographql.com/docs/graphos/platform/security/persisted-queries).
 */
const apolloFormat = 'apollo-persisted-query-manifest'

/**
 * Parses a manifest: either an object from identifiers to texts, or Apollo's manifest.
 *
 * @returns the texts of documents by their identifiers
 * @throws Error that names the invalid part
 */
export function parseManifest(json: string): ReadonlyMap<string, string> {
  const manifest: unknown = JSON.parse(json)
  if (!isObject(manifest)) throw new Error('it is no JSON object')
  const entries = 'format' in manifest ? listApolloEntries(manifest) : Object.entries(manifest)
  const documents = new Map<string, string>()
  for (const [id, text] of entries) {
    if (typeof id !== 'string' || id === '') throw new Error('a document has no identifier')
    if (typeof text !== 'string' || text === '') throw new Error(`the document "${id}" has no text`)
    if (documents.has(id)) throw new Error(`the identifier "${id}" occurs twice`)
    documents.set(id, text)
  }
  return documents
}

function listApolloEntries({
  format,
  version,
  operations,
}: Readonly<Record<string, unknown>>): [unknown, unknown][] {
  if (format !== apolloFormat) throw new Error(`its format is not "${apolloFormat}"`)
  if (version !== 1) throw new Error('its version is not 1')
  if (!Array.isArray(operations)) throw new Error('it has no list of operations')
  return operations.map((operation: unknown) => {
    if (!isObject(operation)) throw new Error('an operation is no object')
    return [operation['id'], operation['body']]
  })
}
