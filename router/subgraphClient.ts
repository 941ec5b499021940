import type { GraphQLFormattedError } from 'graphql'
import { Agent, request } from 'undici'
import { z } from 'zod'

import type { Log } from '../subgraphs/shared/log'
import { viewerHeader } from '../subgraphs/shared/viewerToken'
import type { RouterContext } from './context'
import { readSubgraphError, subgraphFailure } from './subgraphErrors'

/** One operation for one subgraph, as the query plan has it. */
export interface SubgraphRequest {
  query: string | undefined
  operationName: string | undefined
  variables: Record<string, unknown> | undefined
}

/** What a subgraph answered; its errors are fit for clients. */
export interface SubgraphAnswer {
  data?: Record<string, unknown> | null
  errors?: GraphQLFormattedError[]
}

/** The way to the subgraphs. */
export interface SubgraphClient {
  /** @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT as GraphQL errors */
  send(
    subgraph: { name: string; url: string },
    operation: SubgraphRequest,
    context: RouterContext,
  ): Promise<SubgraphAnswer>
  /** Ends what is still under way, too. */
  close(): Promise<void>
}

export interface SubgraphClientOptions {
  log: Log
  /** For one request. */
  timeoutMilliseconds: number
}

const connectTimeoutMilliseconds = 2_000
const responseLimit = 64 * 1024 * 1024

const answerShape = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.unknown()).min(1).optional(),
})

/** The subgraph answered with something that no GraphQL server sends. The message is for the log alone. */
class Nonsense extends Error {}

/**
 * Sends operations over connections that stay open. Every header is made here: nothing that the client sent reaches a
 * subgraph but its operation.
 */
export function createSubgraphClient({ log, timeoutMilliseconds }: SubgraphClientOptions): SubgraphClient {
  const agent = new Agent({
    connect: { timeout: connectTimeoutMilliseconds },
    headersTimeout: timeoutMilliseconds,
    bodyTimeout: timeoutMilliseconds,
    maxResponseSize: responseLimit,
  })

  async function exchange(url: string, operation: SubgraphRequest, context: RouterContext): Promise<unknown> {
    const { statusCode, body } = await request(url, {
      dispatcher: agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'x-request-id': context.requestId,
        ...(context.viewerToken !== undefined && { [viewerHeader]: context.viewerToken }),
      },
      body: JSON.stringify(operation),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    const text = await body.text()
    // 400 comes with the errors of an operation that is refused as a whole.
    if (statusCode !== 400 && (statusCode < 200 || statusCode > 299))
      throw new Nonsense(`Status ${statusCode}`)
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw new Nonsense(`Status ${statusCode}, and a body that is not JSON`)
    }
  }

  return {
    async send({ name, url }, operation, context) {
      const place = { service: name, requestId: context.requestId }
      let answer: z.output<typeof answerShape>
      try {
        answer = requireAnswer(await exchange(url, operation, context), operation)
      } catch (error) {
        log.error({ ...place, err: error }, 'A subgraph gave no answer')
        throw subgraphFailure(isTimeout(error) ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE', name)
      }
      const read = answer.errors?.map((raw) => ({ raw, ...readSubgraphError(raw) }))
      for (const { raw, isUnexpected } of read ?? []) {
        if (isUnexpected) log.error({ ...place, error: raw }, "A subgraph's error was masked")
      }
      return {
        ...(answer.data !== undefined && { data: answer.data }),
        ...(read && { errors: read.map(({ error }) => error) }),
      }
    },
    close: () => agent.destroy(),
  }
}

/** @throws Nonsense for what does not have the form of an answer to this operation */
function requireAnswer(answer: unknown, { variables }: SubgraphRequest): z.output<typeof answerShape> {
  const parsed = answerShape.safeParse(answer)
  if (!parsed.success) throw new Nonsense('Not a GraphQL response')
  const { data, errors } = parsed.data
  if (data == null && !errors) throw new Nonsense('Neither data nor errors')
  const representations = variables?.['representations']
  if (data && Array.isArray(representations) && '_entities' in data) {
    const entities = data['_entities']
    if (!Array.isArray(entities) || entities.length !== representations.length)
      throw new Nonsense(`_entities is not a list of ${representations.length}`)
  }
  return parsed.data
}

function isTimeout(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const name = 'name' in error ? error.name : undefined
  const code = 'code' in error ? error.code : undefined
  return name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
}
