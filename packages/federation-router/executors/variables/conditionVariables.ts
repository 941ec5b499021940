import { Kind, separateOperations, type DocumentNode, type OperationDefinitionNode } from 'graphql'

import type { JsonObject } from '../../../platform'
import { listConditionVariables } from '../../planning/conditions'
import { forEachSelection } from '../../planning/selections'

/** Returns the names of the variables that @skip and @include use in the operation and its fragments. */
export function collectConditionVariables(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlySet<string> {
  const names = new Set<string>()
  const isOnly = document.definitions.every(
    (each) => each === operation || each.kind !== Kind.OPERATION_DEFINITION,
  )
  const own = isOnly ? document : separateOperations(document)[operation.name?.value ?? '']
  forEachSelection(own ?? document, ({ directives = [] }) => {
    for (const name of listConditionVariables(directives)) names.add(name)
  })
  return names
}

/** Compiles the reading of a Boolean variable, or of its default where a request has no value. */
export function compileConditionReader(
  operation: OperationDefinitionNode,
  name: string,
): (variables: JsonObject) => boolean {
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)
  const fallback = definition?.defaultValue?.kind === Kind.BOOLEAN && definition.defaultValue.value
  return (variables) => {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined
    return typeof value === 'boolean' ? value : fallback
  }
}
