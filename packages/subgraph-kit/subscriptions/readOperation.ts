import {
  getOperationAST,
  getVariableValues,
  OperationTypeNode,
  parse,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql'
import { createHash } from 'node:crypto'
import { z } from 'zod'

const bodyShape = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

/** A valid subscription. */
export interface ValidSubscription {
  kind: 'subscription'
  document: DocumentNode
  operationName: string | undefined
  /** SHA-256 in hexadecimal digits. */
  documentHash: string
  variableValues: Record<string, unknown>
}

/**
 * The operation of a request: `other` is another operation or an invalid subscription, `none` no operation at
 * all.
 */
type RequestedOperation = ValidSubscription | { kind: 'other' } | { kind: 'none' }

/** Reads the operation from a request's body, parsed from JSON. */
export function readOperation(schema: GraphQLSchema, body: unknown): RequestedOperation {
  const request = bodyShape.safeParse(body)
  if (!request.success) return { kind: 'none' }
  const { query, variables, operationName } = request.data
  const document = tryParse(query)
  const operation = document && getOperationAST(document, operationName)
  if (!operation) return { kind: 'none' }
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return { kind: 'other' }
  if (validate(schema, document).length > 0) return { kind: 'other' }
  const variableValues = variables ?? {}
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues)
  if (errors) return { kind: 'other' }
  const documentHash = createHash('sha256').update(query).digest('hex')
  return {
    kind: 'subscription',
    document,
    operationName: operation.name?.value,
    documentHash,
    variableValues,
  }
}

function tryParse(query: string): DocumentNode | undefined {
  try {
    return parse(query)
  } catch {
    return undefined
  }
}
