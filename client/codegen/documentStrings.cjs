// A plugin of GraphQL Code Generator that writes the client's operations as typed texts. Its own mode for strings wraps each in an
// object, which bundlers cannot remove when it is unused.
const { readOperations } = require('./readOperations.cjs')

exports.plugin = async (...input) => {
  const operations = await readOperations(...input)
  return operations
    .map(
      ({ name, text, dataType, variablesType }) =>
        `export const ${name} = \`${text}\` as TypedDocumentString<Types.${dataType}, Types.${variablesType}>;\n`,
    )
    .join('\n')
}
