import type { RouterContext } from '../../../../router/context'
import { createExecutor } from '../../../../router/execution/executor'
import { stringifyPrepared } from '../../../../router/execution/prepared'
import { createPlanner } from '../../../../router/planning/planner'
import { readSubgraphError } from '../../../../router/subgraphErrors'
import { handOver } from '../../support/handOver'
import { gatewayRequest, type ClientAnswer, type Engine } from './engine'
import type { Send } from './subgraphs'

/**
 * The router's executor, as Apollo Server runs it, over a transport in memory.
 *
 * @param directAfter how often an operation takes the complete path before it may take the direct one
 */
export function createOwnEngine(supergraph: string, directAfter?: number): Engine {
  const planner = createPlanner(supergraph)
  const schema = planner.apiSchema
  const sends = new Map<string, Send>()
  const executor = createExecutor({
    planner,
    directAfter,
    transport: {
      async send(service, request, { requestId }) {
        const send = sends.get(requestId)
        if (!send) throw new Error('The request is over.')
        const { data, errors } = await send(service, request.body.toString())
        return handOver(request, { data, errors: errors?.map((error) => readSubgraphError(error).error) })
      },
    },
  })
  let count = 0
  return {
    async execute(operation, send) {
      const requestId = String(count++)
      sends.set(requestId, send)
      const context: RouterContext = {
        requestId,
        viewerToken: undefined,
        signal: new AbortController().signal,
        deadline: Number.MAX_SAFE_INTEGER,
      }
      const result = await executor(gatewayRequest(operation, schema, context))
      sends.delete(requestId)
      return readAnswer(stringifyPrepared(result))
    },
    close: async () => {},
  }
}

/** `data` stays text, as it was written: reading it would change the order of some names. */
function readAnswer(text: string): ClientAnswer {
  const { data, errors = [] } = JSON.parse(text.toString()) as {
    data?: unknown
    errors?: ClientAnswer['errors']
  }
  return { data: JSON.stringify(data ?? null), errors }
}
