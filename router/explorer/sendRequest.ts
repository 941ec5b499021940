import { endpoint } from './config'

/** The JSON body of a request. */
export interface GraphqlRequest {
  query: string
  operationName?: string | null | undefined
  variables?: unknown
}

/** A response; its extensions are those of the router. */
export interface GraphqlResponse<Data = unknown> {
  data?: Data | null
  errors?: { message: string }[]
  extensions?: Record<string, unknown>
  /** Whether further parts of the response follow. */
  hasNext?: boolean
}

/** Sends a query or a mutation. @throws TypeError without a response, SyntaxError for one that is not JSON */
export async function sendRequest<Data>(
  body: GraphqlRequest,
  headers: Record<string, string> = {},
): Promise<GraphqlResponse<Data>> {
  const accept = 'application/graphql-response+json, application/json;q=0.9'
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, ...headers },
    body: JSON.stringify(body),
  })
  return (await response.json()) as GraphqlResponse<Data>
}
