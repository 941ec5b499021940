import { isCompositeType, type GraphQLCompositeType, type GraphQLSchema, type NamedTypeNode } from 'graphql'

/** Returns the type of the objects within a fragment with this type condition. */
export function narrowType(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  condition: NamedTypeNode | undefined,
): GraphQLCompositeType {
  const narrowed = condition && schema.getType(condition.name.value)
  return isCompositeType(narrowed) ? narrowed : type
}
