import {
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
} from 'graphql'

import { collectFields, fragmentsByName } from '../../planning/selections'
import type { ResultPath } from './resultPaths'

/**
 * Creates the error of a field that the viewer may not read. The path ends before the first element of a list, since the field is null
 * in all of them; the message has all keys.
 *
 * @param action `execute` for the fields of a mutation
 */
export function createDeniedFieldError(path: ResultPath, action: 'read' | 'execute' = 'read'): GraphQLError {
  const keys = path.filter((element) => typeof element === 'string')
  const list = path.findIndex((element) => typeof element === 'number')
  return new GraphQLError(`The viewer is not authorized to ${action} "${keys.join('.')}".`, {
    path: list === -1 ? path : path.slice(0, list),
    extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
  })
}

/**
 * Refuses a subscription whose events the viewer may not read.
 *
 * @throws UNAUTHORIZED_FIELD_OR_TYPE
 */
export function requireAllowedEvents(
  document: DocumentNode,
  { operation, selectionSet }: OperationDefinitionNode,
  denied: ReadonlySet<FieldNode>,
): void {
  if (operation !== OperationTypeNode.SUBSCRIPTION || denied.size === 0) return
  for (const [key, nodes] of collectFields([selectionSet], fragmentsByName(document))) {
    if (!nodes.every((node) => denied.has(node))) continue
    const { message, path, extensions } = createDeniedFieldError([key])
    throw new GraphQLError(message, { path, extensions: { ...extensions, http: { status: 403 } } })
  }
}
