import { Kind, visit, type DefinitionNode, type DocumentNode, type NameNode } from 'graphql'

import type { JsonObject } from '../../platform'

/** A document with variables that do not collide with those that plans add. */
interface DocumentWithSafeVariables {
  document: DocumentNode
  /** Renames the client's variables accordingly; undefined when none was renamed. */
  toPlannedVariables: ((variables: JsonObject) => JsonObject) | undefined
}

/** The variable that plans add to each fetch of entities. */
const reserved = 'representations'

/** Renames a client's variable that has the name of the variable that plans add: subgraphs would reject a fetch with both. */
export function withSafeVariableNames(document: DocumentNode): DocumentWithSafeVariables {
  const used = new Set(document.definitions.flatMap(listVariables))
  if (!used.has(reserved)) return { document, toPlannedVariables: undefined }
  let safe = `${reserved}_`
  while (used.has(safe)) safe += '_'
  const name: NameNode = { kind: Kind.NAME, value: safe }
  return {
    document: visit(document, {
      Variable: (node) => (node.name.value === reserved ? { ...node, name } : undefined),
    }),
    toPlannedVariables: ({ [reserved]: value, ...others }) =>
      value === undefined ? others : { ...others, [safe]: value },
  }
}

const listVariables = (definition: DefinitionNode): string[] =>
  definition.kind === Kind.OPERATION_DEFINITION
    ? (definition.variableDefinitions ?? []).map(({ variable }) => variable.name.value)
    : []
