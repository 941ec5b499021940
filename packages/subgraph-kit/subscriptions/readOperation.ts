import {
  getOperationAST,
  getVariableValues,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { z } from 'zod'

const bodyShape = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

/** A subscription that can be executed as it is. */
export interface ValidSubscription {
  kind: 'subscription'
  document: DocumentNode
  operationName: string | undefined
  variableValues: Record<string, unknown>
}

/** What a request's body asks for: `other` is another operation, or a subscription that is not valid. */
export type RequestedOperation = ValidSubscription | { kind: 'other' } | { kind: 'none' }

/** Reads a request's body, as it was parsed from JSON. */
export function readOperation(schema: GraphQLSchema, body: unknown): RequestedOperation {
  const shaped = bodyShape.safeParse(body)
  if (!shaped.success) return { kind: 'none' }
  const { query, variables, operationName } = shaped.data
  const document = tryToParse(query)
  const operation = document && getOperationAST(document, operationName)
  if (!operation) return { kind: 'none' }
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return { kind: 'other' }
  if (validate(schema, document).length > 0) return { kind: 'other' }
  const variableValues = variables ?? {}
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues)
  if (errors) return { kind: 'other' }
  return { kind: 'subscription', document, operationName: operationName ?? undefined, variableValues }
}

function tryToParse(query: string): DocumentNode | undefined {
  try {
    return parse(query)
  } catch {
    return undefined
  }
}
