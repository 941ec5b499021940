import { getOperationAST, parse, validate, type GraphQLFormattedError } from 'graphql'

import { decodeSerializedData } from '../../../packages/federation-router/executors/serializedData'
import type {
  Executor,
  ExecutionOutcome,
  PlannedOperation,
} from '../../../packages/federation-router/executors/executor'
import type { FetchContext } from '../../../packages/federation-router/transport/fetchContext'
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
interface InMemoryTransport extends Transport {
  /** Runs an operation with a context whose fetches are sent by `send`. */
  sendingWith<Result>(send: SendToSubgraph, run: (context: FetchContext) => Promise<Result>): Promise<Result>
}

export function createInMemoryTransport(): InMemoryTransport {
  const sends = new Map<string, SendToSubgraph>()
  let count = 0
  return {
    setSubgraphUrls() {},
    readSubgraphs: () => [],
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

/** Executes operations with one of the router's executors. */
export function createEngine(executor: Executor, transport: InMemoryTransport): ExecutionEngine {
  const planned = new Map<string, PlannedOperation>()

  function plan({ query, operationName }: ClientOperation): PlannedOperation {
    const key = `${operationName ?? ''} ${query}`
    const known = planned.get(key)
    if (known) return known
    const document = parse(query)
    const errors = validate(executor.schema, document)
    if (errors.length > 0) throw new Error(`The operation is not valid: ${errors.join('\n')}\n${query}`)
    const operation = getOperationAST(document, operationName)
    if (!operation) throw new Error('The document has no such operation.')
    const made = executor.plan({ source: query, document, operation })
    planned.set(key, made)
    return made
  }

  return {
    execute: (operation, send) =>
      transport.sendingWith(send, async (context) => {
        const { checkVariables, execute } = plan(operation)
        const { variables = {} } = operation
        const errors = checkVariables(variables)
        return toClientResponse(errors ? { errors } : await execute(variables, context))
      }),
  }
}

/** Keeps `data` as text: parsing it would change the order of some keys. */
function toClientResponse(result: ExecutionOutcome): ClientResponse {
  if (result.texts) return { data: decodeSerializedData(result), errors: [] }
  const errors = JSON.parse(JSON.stringify(result.errors)) as ClientResponse['errors']
  return { data: JSON.stringify(result.data ?? null), errors }
}
