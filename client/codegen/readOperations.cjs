const { plugin: writeTypedDocuments } = require('@graphql-codegen/typed-document-node')
const { print } = require('graphql')

// The order of fragments, and so the text that clients send, is that of the generated documents.
const generatedDocument = /^export const (\w+Document) = (\{.*\}) as unknown as DocumentNode<(\w+), (\w+)>/gm

/** Reads the name, the text and the names of the types of each operation, with the input of a plugin. */
exports.readOperations = async (...input) => {
  const { content } = await writeTypedDocuments(...input)
  return [...content.matchAll(generatedDocument)].map(([, name, json, dataType, variablesType]) => {
    return { name, text: print(JSON.parse(json)), dataType, variablesType }
  })
}
