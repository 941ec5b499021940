import { Kind, visit, type DefinitionNode, type DocumentNode, type NameNode } from 'graphql'

import type { CompiledOperation, ExecutionInput } from '../executors/agora/compiledOperation'
import type { JsonObject } from '../../platform/json'

/** A document whose variables are none of plans' own. */
export interface DocumentWithSafeVariables {
  document: DocumentNode
  /** The operation that was compiled from it, for whoever gives variables by the client's names. */
  underClientNames(compiled: CompiledOperation): CompiledOperation
}

/** What plans call the variable that they add to each request for entities. */
const reserved = 'representations'

/**
 * Gives another name to a client's variable that is called as the one that plans add: both would be in one request, and
 * the subgraph would refuse it.
 */
export function withSafeVariableNames(document: DocumentNode): DocumentWithSafeVariables {
  const used = new Set(document.definitions.flatMap(variablesOf))
  if (!used.has(reserved)) return { document, underClientNames: (compiled) => compiled }
  let safe = `${reserved}_`
  while (used.has(safe)) safe += '_'
  const name: NameNode = { kind: Kind.NAME, value: safe }
  const renamed: DocumentNode = visit(document, {
    Variable: (node) => (node.name.value === reserved ? { ...node, name } : undefined),
  })

  function rename({ [reserved]: value, ...others }: JsonObject): JsonObject {
    return value === undefined ? others : { ...others, [safe]: value }
  }

  const renameIn = (input: ExecutionInput) => ({ ...input, variables: rename(input.variables) })
  return {
    document: renamed,
    underClientNames: ({ primary, ...compiled }) => ({
      ...compiled,
      checkVariables: (variables) => compiled.checkVariables(rename(variables)),
      execute: (input) => compiled.execute(renameIn(input)),
      primary: primary && {
        ...primary,
        writeBody: (variables) => primary.writeBody(rename(variables)),
      },
      executeEvent: (event, input) => compiled.executeEvent(event, renameIn(input)),
    }),
  }
}

const variablesOf = (definition: DefinitionNode): string[] =>
  definition.kind === Kind.OPERATION_DEFINITION
    ? (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
    : []
