import {
  buildASTSchema,
  Kind,
  parse,
  printSchema,
  visit,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'

/** The same SDL with every output field nullable, its list elements too. What goes in stays as it is. */
export function nullableFields(sdl: DocumentNode): DocumentNode {
  const anyNull = { NonNullType: { leave: ({ type }: { type: unknown }) => type } }
  return visit(sdl, {
    [Kind.FIELD_DEFINITION]: { leave: (field) => ({ ...field, type: visit(field.type, anyNull) }) },
  })
}

/** A schema that no null and no error is too much for: what stands beside a failure is resolved all the same. */
export function nullableSchema(schema: GraphQLSchema): GraphQLSchema {
  return buildASTSchema(nullableFields(parse(printSchema(schema))))
}
