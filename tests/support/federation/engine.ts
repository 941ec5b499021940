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

/** What a client is answered. */
export interface ClientResponse {
  /** The JSON text of `data`, so that the order of fields counts. */
  data: string
  errors: readonly GraphQLFormattedError[]
}

/** Something that executes operations of clients over subgraphs. */
export interface ExecutionEngine {
  execute(operation: ClientOperation, send: SendToSubgraph): Promise<ClientResponse>
}

/** A transport to subgraphs in memory: the fetches of each request go through the function that it was given. */
export interface InMemoryTransport extends Transport {
  /** Runs an operation in a context whose fetches are sent with this. */
  sendingWith<Result>(send: SendToSubgraph, run: (context: RouterContext) => Promise<Result>): Promise<Result>
}

export function createInMemoryTransport(): InMemoryTransport {
  const sends = new Map<string, SendToSubgraph>()
  let count = 0
  return {
    setSubgraphUrls() {},
    async send(service, request, { requestId }) {
      const send = sends.get(requestId)
      if (!send) throw new Error('The request is over.')
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

/** Runs one of the router's executors as Apollo Server does. */
export function createEngine(
  executor: GatewayExecutor,
  schema: GraphQLSchema,
  transport: InMemoryTransport,
): ExecutionEngine {
  return {
    execute: (operation, send) =>
      transport.sendingWith(send, async (context) =>
        readAnswer(stringifyResult(await executor(gatewayRequest(operation, schema, context)))),
      ),
  }
}

/** `data` stays text, as it was written: reading it would change the order of some names. */
function readAnswer(text: string): ClientResponse {
  const { data, errors = [] } = JSON.parse(text) as { data?: unknown; errors?: ClientResponse['errors'] }
  return { data: JSON.stringify(data ?? null), errors }
}

type GatewayRequest = Parameters<GatewayExecutor>[0]

const silentLogger = { debug() {}, info() {}, warn() {}, error() {} }

/** What Apollo Server would hand to a gateway. Throws for what it would refuse before. */
function gatewayRequest(
  { query, variables, operationName }: ClientOperation,
  schema: GraphQLSchema,
  context: RouterContext,
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
