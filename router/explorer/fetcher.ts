import { createGraphiQLFetcher, isAsyncIterable, type Fetcher } from '@graphiql/toolkit'
import {
  getOperationAST,
  OperationTypeNode,
  parse,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql'
import { createClient } from 'graphql-sse'

import { endpoint } from './config'
import { planReport, readPlanReport } from './planReport'
import type { GraphqlResponse } from './sendRequest'
import { renewSession, session } from './session'

type FetcherParams = Parameters<Fetcher>[0]
type FetcherResult = Awaited<ReturnType<Fetcher>>

/** Sends queries and mutations. Yields arrays with the parts of a response that is sent in parts. */
const sendOperation = createGraphiQLFetcher({
  url: endpoint,
  headers: {
    accept: 'multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json;q=0.9',
  },
})

/** Sends the operations of the explorer: subscriptions as server-sent events, all others as requests. */
export const fetcher: Fetcher = async (request, options) => {
  const headers = await renewAuthorization({ ...options?.headers } as Record<string, string>)
  const operation = findOperation(request)
  const params = operation ? { ...request, operationName: operation.name?.value } : request
  if (operation?.operation === OperationTypeNode.SUBSCRIPTION) return subscribe(params, headers)
  const isPlanRequested = planReport.get().isRequested && params.operationName !== 'IntrospectionQuery'
  if (!isPlanRequested) return sendOperation(params, { headers })
  const result = await sendOperation(params, { headers: { ...headers, 'apollo-expose-query-plan': 'true' } })
  return isAsyncIterable(result) ? takePlanReports(result) : result
}

/**
 * Returns the operation to execute; undefined without one. The name of the request may be that of the tab before: GraphiQL reads
 * the names of the operations a moment after the text of the editor has changed.
 */
function findOperation({ query, operationName }: FetcherParams): OperationDefinitionNode | null | undefined {
  try {
    const document = parse(query)
    return getOperationAST(document, operationName) ?? getOperationAST(document)
  } catch {
    return undefined
  }
}

/** Shows the report of an operation in its panel, and yields the responses without it. */
async function* takePlanReports(results: AsyncIterable<unknown>) {
  for await (const result of results) {
    const parts = (Array.isArray(result) ? result : [result]) as GraphqlResponse[]
    for (const part of parts) yield takePlanReport(part) as ExecutionResult
  }
}

function takePlanReport(part: GraphqlResponse): GraphqlResponse {
  // The last part of a response has the report.
  if (part.hasNext) return part
  const { extensions = {}, ...response } = part
  const { rest, report } = readPlanReport(extensions)
  planReport.set({ isRequested: true, report })
  return { ...response, ...(Object.keys(rest).length > 0 && { extensions: rest }) }
}

function subscribe(params: FetcherParams, headers: Record<string, string>): FetcherResult {
  const client = createClient({ url: endpoint, headers, retryAttempts: 0 })
  const { query, operationName, variables } = params
  const events = client.iterate({
    query,
    operationName: operationName ?? undefined,
    variables: variables as Record<string, unknown> | undefined,
  })
  return events as FetcherResult
}

/** Replaces the token of the session in the headers of an operation when it has been renewed. */
async function renewAuthorization(headers: Record<string, string>): Promise<Record<string, string>> {
  const before = session.get()
  if (before.phase !== 'signedIn') return headers
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'authorization')
  if (name === undefined || headers[name] !== `Bearer ${before.accessToken}`) return headers
  await renewSession()
  const renewed = session.get()
  return renewed.phase === 'signedIn' ? { ...headers, [name]: `Bearer ${renewed.accessToken}` } : headers
}
