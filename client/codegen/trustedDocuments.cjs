// A plugin of GraphQL Code Generator that writes the manifest of the client's operations: their texts by the identifiers of
// https://github.com/graphql/graphql-over-http (appendix "Persisted Documents").
const { createHash } = require('node:crypto')
const { readOperations } = require('./readOperations.cjs')

exports.plugin = async (...input) => {
  const operations = await readOperations(...input)
  const entries = operations.map(({ text }) => [
    `sha256:${createHash('sha256').update(text).digest('hex')}`,
    text,
  ])
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
}
