import type { GatewayExecutor } from '@apollo/server-gateway-interface'
import { getOperationAST, parse, validate, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { createHash } from 'node:crypto'

import type { Send } from './subgraphs'

/** An operation of a client. */
export interface ClientOperation {
  query: string
  variables?: Record<string, unknown>
  operationName?: string
}

/** What a client is answered. */
export interface ClientAnswer {
  /** The JSON text of `data`, so that the order of fields counts. */
  data: string
  errors: readonly GraphQLFormattedError[]
}

/** Something that executes operations of clients over subgraphs. */
export interface Engine {
  execute(operation: ClientOperation, send: Send): Promise<ClientAnswer>
  close(): Promise<void>
}

type GatewayRequest = Parameters<GatewayExecutor>[0]

export const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** What Apollo Server would hand to a gateway. Throws for what it would refuse before. */
export function gatewayRequest(
  { query, variables, operationName }: ClientOperation,
  schema: GraphQLSchema,
  context: object,
): GatewayRequest {
  const document = parse(query)
  const mistakes = validate(schema, document)
  if (mistakes.length > 0) throw new Error(`Not a valid operation: ${mistakes.join('\n')}\n${query}`)
  const operation = getOperationAST(document, operationName)
  if (!operation) throw new Error('Not one operation')
  return {
    request: { query, variables, operationName },
    document,
    operation,
    operationName: operation.name?.value ?? null,
    source: query,
    queryHash: createHash('sha256').update(query).digest('hex'),
    schema,
    // A type that nothing can be of: Apollo Server alone makes it.
    schemaHash: '' as GatewayRequest['schemaHash'],
    context,
    cache: { get: async () => undefined, set: async () => {}, delete: async () => true },
    logger: silentLogger,
    metrics: {},
    overallCachePolicy: undefined,
  }
}
