import {
  buildASTSchema,
  Kind,
  parse,
  printSchema,
  visit,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'

/** Makes every output field of an SDL nullable, with its list items. Input types are not changed. */
export function nullableFields(sdl: DocumentNode): DocumentNode {
  const anyNull = { NonNullType: { leave: ({ type }: { type: unknown }) => type } }
  return visit(sdl, {
    [Kind.FIELD_DEFINITION]: { leave: (field) => ({ ...field, type: visit(field.type, anyNull) }) },
  })
}

/** Returns a schema without null propagation: fields beside a failure are resolved. */
export function nullableSchema(schema: GraphQLSchema): GraphQLSchema {
  return buildASTSchema(nullableFields(parse(printSchema(schema))))
}
