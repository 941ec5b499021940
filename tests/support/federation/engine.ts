import type { GatewayExecutor } from '@apollo/server-gateway-interface'
import { getOperationAST, parse, validate, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { createHash } from 'node:crypto'

import type { RouterContext } from '../../../packages/federation-router/request/context'
import { stringifyResult } from '../../../packages/federation-router/executors/serializedData'
import { toPublicSubgraphError } from '../../../packages/federation-router/transport/subgraphErrors'
import type { Transport } from '../../../packages/federation-router/transport/transport'
import { deliverResponse } from '../federation-router/deliverResponse'
import type { SendToSubgraph } from './inMemorySubgraphs'

/** An operation of a client. */
export interface ClientOperation {
  query: string
  variables?: Record<string, unknown>
  operationName?: string
}

/** The response to a client. */
export interface ClientResponse {
  /** The JSON text of `data`, so that the order of fields counts. */
  data: string
  errors: readonly GraphQLFormattedError[]
}

/** Executes operations of clients with subgraphs. */
export interface ExecutionEngine {
  execute(operation: ClientOperation, send: SendToSubgraph): Promise<ClientResponse>
}

/** A transport to subgraphs in memory. Each request has its own function to send fetches. */
export interface InMemoryTransport extends Transport {
  /** Runs an operation with a context whose fetches are sent by `send`. */
  sendingWith<Result>(send: SendToSubgraph, run: (context: RouterContext) => Promise<Result>): Promise<Result>
}

export function createInMemoryTransport(): InMemoryTransport {
  const sends = new Map<string, SendToSubgraph>()
  let count = 0
  return {
    setSubgraphUrls() {},
    async send(service, request, { requestId }) {
      const send = sends.get(requestId)
      if (!send) throw new Error('The request has ended.')
      const { data, errors } = await send(service, request.body.toString())
      return deliverResponse(request, {
        data,
        errors: errors?.map((error) => toPublicSubgraphError(error).error),
      })
    },
    async sendingWith(send, run) {
      const requestId = String(count++)
      sends.set(requestId, send)
      try {
        return await run({
          requestId,
          viewerToken: undefined,
          signal: new AbortController().signal,
          deadline: Number.MAX_SAFE_INTEGER,
        })
      } finally {
        sends.delete(requestId)
      }
    },
    close: async () => {},
  }
}

/** Creates an engine that calls an executor of the router as Apollo Server does. */
export function createEngine(
  executor: GatewayExecutor,
  schema: GraphQLSchema,
  transport: InMemoryTransport,
): ExecutionEngine {
  return {
    execute: (operation, send) =>
      transport.sendingWith(send, async (context) =>
        readResponse(stringifyResult(await executor(createGatewayRequest(operation, schema, context)))),
      ),
  }
}

/** Keeps `data` as text: parsing it would change the order of some keys. */
function readResponse(text: string): ClientResponse {
  const { data, errors = [] } = JSON.parse(text) as { data?: unknown; errors?: ClientResponse['errors'] }
  return { data: JSON.stringify(data ?? null), errors }
}

type GatewayRequest = Parameters<GatewayExecutor>[0]

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** Creates the request that Apollo Server would pass to a gateway. @throws Error for an invalid operation */
function createGatewayRequest(
  { query, variables, operationName }: ClientOperation,
  schema: GraphQLSchema,
  context: RouterContext,
): GatewayRequest {
  const document = parse(query)
  const invalid = validate(schema, document)
  if (invalid.length > 0) throw new Error(`The operation is invalid: ${invalid.join('\n')}\n${query}`)
  const operation = getOperationAST(document, operationName)
  if (!operation) throw new Error('The document does not have exactly one operation.')
  return {
    request: { query, variables, operationName },
    document,
    operation,
    operationName: operation.name?.value ?? null,
    source: query,
    queryHash: createHash('sha256').update(query).digest('hex'),
    schema,
    // Apollo Server does not export a way to create a value of this type.
    schemaHash: '' as GatewayRequest['schemaHash'],
    context,
    cache: { get: async () => undefined, set: async () => {}, delete: async () => true },
    logger: silentLogger,
    metrics: {},
    overallCachePolicy: undefined,
  }
}
