// A plugin of GraphQL Code Generator that adds the schema's descriptions to the fields of the types of `typescript-operations`.
const { plugin: writeTypes } = require('@graphql-codegen/typescript-operations')
const ts = require('typescript')

const rootTypes = /(Query|Mutation|Subscription)$/

exports.plugin = async (schema, ...input) => {
  const { prepend, content } = await writeTypes(schema, ...input)
  const comments = findComments(schema, ts.createSourceFile('types.ts', content, ts.ScriptTarget.Latest))
  let described = ''
  let start = 0
  for (const { position, comment } of comments) {
    described += `${content.slice(start, position)}${comment}`
    start = position
  }
  return { prepend, content: described + content.slice(start) }
}

/** Finds the comments of all fields, in the order of their positions. Every object has its type in `__typename`. */
function findComments(schema, source) {
  const comments = []
  source.forEachChild((declaration) => {
    if (ts.isTypeAliasDeclaration(declaration)) visit(declaration.type, readRootType(declaration.name.text))
  })
  return comments

  function visit(node, rootType) {
    const type = ts.isTypeLiteralNode(node) ? (readTypename(node) ?? rootType) : undefined
    for (const member of type ? node.members : []) {
      const description = schema.getType(type)?.getFields()[member.name?.text]?.description
      if (description) {
        const text = description.replaceAll('*/', '* /').replaceAll('\n', '\n * ')
        comments.push({ position: member.getStart(source), comment: `\n/** ${text} */\n` })
      }
      visit(member.type)
    }
    if (!type) node.forEachChild((child) => visit(child, rootType))
  }

  function readTypename({ members }) {
    const typename = members.find((member) => member.name?.text === '__typename')?.type
    return typename && ts.isLiteralTypeNode(typename) ? typename.literal.text : undefined
  }
}

const readRootType = (name) => rootTypes.exec(name)?.[1]
