// A plugin of GraphQL Code Generator that writes the manifest of the client's operations: their texts by the identifiers of
// https://github.com/graphql/graphql-over-http (appendix "Persisted Documents").
const { plugin: writeTypedDocuments } = require('@graphql-codegen/typed-document-node')
const { createHash } = require('node:crypto')
const { print } = require('graphql')

// The order of fragments, and so the text that clients send, is that of the generated documents.
const generatedDocument = /^export const \w+Document = (\{.*\}) as unknown as DocumentNode</gm

exports.plugin = async (...input) => {
  const { content } = await writeTypedDocuments(...input)
  const texts = [...content.matchAll(generatedDocument)].map(([, json]) => print(JSON.parse(json)))
  const entries = texts.map((text) => [`sha256:${createHash('sha256').update(text).digest('hex')}`, text])
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}
