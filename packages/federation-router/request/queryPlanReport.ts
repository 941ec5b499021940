import type { IncomingHttpHeaders } from 'node:http'

import { isObject } from '../../platform'
import type { PlannedOperation } from '../executors/executor'
import type { FetchNode, QueryPlan } from '../planning/apolloPlanner'
import { formatPlan } from '../planning/planSummary'
import { listFetches, mapFetches } from '../planning/planVisitor'
import { FetchTimings, type FetchTiming } from '../transport/fetchTimings'
import type { RouterContext } from './context'
import { readResponseText, type GraphqlResponse } from './response'

/** The header of Apollo's router that requests the query plan, and the values that it knows. */
const queryPlanHeader = 'apollo-expose-query-plan'

/** The report of how one operation is executed, for its developer. */
interface QueryPlanReport {
  /** Executes the operation, unless only its plan was requested. */
  planned: Pick<PlannedOperation<RouterContext>, 'execute'>
  /** Returns the plan, and the timings of the fetches, for the `extensions` of the response. */
  createExtensions(plan: QueryPlan | undefined): object
  /** Whether the operation is executed. */
  isExecuted: boolean
  /** Adds the extensions to a response. */
  addTo(response: GraphqlResponse): GraphqlResponse
}

/**
 * Starts the report of an operation whose client has requested the query plan: `true` with the response, `dry-run` without
 * executing the operation (https://www.apollographql.com/docs/graphos/routing/query-planning/query-plans).
 *
 * @returns undefined for any other operation
 */
export function startQueryPlanReport(
  planned: PlannedOperation<RouterContext>,
  headers: IncomingHttpHeaders,
  context: RouterContext,
): QueryPlanReport | undefined {
  const mode = headers[queryPlanHeader]
  if (mode !== 'true' && mode !== 'dry-run') return undefined
  const timings = new FetchTimings()
  context.fetchTimings = timings
  const createExtensions = (plan: QueryPlan | undefined) => ({
    ...(plan && { apolloQueryPlan: { object: toPublicPlan(plan), text: formatPlan(plan) } }),
    ...(mode === 'true' && { fetchTimings: timings.all.map((each) => toPublicTiming(each, plan)) }),
  })
  return {
    planned: mode === 'true' ? planned : { execute: async () => ({ data: null, errors: [] }) },
    isExecuted: mode === 'true',
    createExtensions,
    addTo(response) {
      const extensions = JSON.stringify(createExtensions(planned.plan))
      const text = readResponseText(response)
      return { ...response, body: `${text.slice(0, text.lastIndexOf('}'))},"extensions":${extensions}}` }
    },
  }
}

/** Returns a plan without the parsed operations of its fetches, which repeat their texts. */
function toPublicPlan({ node }: QueryPlan): QueryPlan {
  const removeDocument = ({ operationDocumentNode: _, ...fetch }: FetchNode): FetchNode => fetch
  return { kind: 'QueryPlan', ...(node && { node: mapFetches(node, removeDocument) }) }
}

function toPublicTiming(timing: FetchTiming, plan: QueryPlan | undefined) {
  const { subgraph, request, isShared, startMs, durationMs, status, code } = timing
  const { body, entityCount } = request
  const operation = readOperation(body)
  const index = listFetches(plan?.node).findIndex(
    ({ node }) => node.serviceName === subgraph && node.operation === operation,
  )
  return {
    subgraph,
    /** The position of the fetch in the plan, in the order of its text. */
    ...(index >= 0 && { fetch: index }),
    ...(entityCount !== undefined && { entities: entityCount }),
    startMs: round(startMs),
    ...(durationMs !== undefined && { durationMs: round(durationMs) }),
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(isShared && { shared: true }),
  }
}

function readOperation(body: string | Buffer): unknown {
  const request: unknown = JSON.parse(body.toString())
  return isObject(request) ? request['query'] : undefined
}

const round = (milliseconds: number) => Math.round(100 * milliseconds) / 100
