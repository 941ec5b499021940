import { GraphQLRequestError, type GraphQLResponseError } from './errors.ts'
import { readOperationName, toOperationText } from './operationText.ts'
import type { TypedDocument } from './typedDocument.ts'

/** Where and how requests are sent. */
export interface Endpoint {
  url: string
  fetch: typeof globalThis.fetch
  headers: Readonly<Record<string, string>>
}

export interface GraphQLResponse<Data> {
  data?: Data | null | undefined
  errors?: readonly GraphQLResponseError[] | undefined
}

/** An operation as the parameters of a request. */
export interface OperationParameters {
  query: string
  operationName?: string | undefined
  variables?: object | null | undefined
}

export interface SerializedOperation {
  name: string
  parameters: OperationParameters
}

export async function serializeOperation<Data, Variables>(
  document: TypedDocument<Data, Variables>,
  variables: Variables | undefined,
): Promise<SerializedOperation> {
  const query = await toOperationText(document)
  const operationName = readOperationName(query)
  return {
    name: operationName ?? 'anonymous',
    parameters: { query, operationName, variables: variables as object | undefined },
  }
}

/**
 * Sends one operation (https://graphql.github.io/graphql-over-http/draft/).
 *
 * @param onIncomplete called for a response with data and errors; without it, the error is thrown
 * @throws GraphQLRequestError for a response with errors and for an invalid response; the error of `fetch` without a response
 *   or when the signal is aborted
 */
export async function sendOperation<Data, Variables>(
  endpoint: Endpoint,
  document: TypedDocument<Data, Variables>,
  variables: Variables | undefined,
  {
    signal,
    onIncomplete,
  }: {
    signal?: AbortSignal | undefined
    onIncomplete?: ((error: GraphQLRequestError<Data>) => void) | undefined
  },
): Promise<Data> {
  const { name, parameters } = await serializeOperation(document, variables)
  const response = await endpoint.fetch(endpoint.url, {
    method: 'POST',
    headers: createHeaders(endpoint),
    body: JSON.stringify(parameters),
    ...(signal && { signal }),
  })
  const result = parseResponseBody<Data>(await response.text())
  const requestId = response.headers.get('x-request-id') ?? undefined
  return readData(result, { name, status: response.status, requestId, onIncomplete })
}

export const createHeaders = ({ headers }: Endpoint, accessToken?: string): Record<string, string> => ({
  ...headers,
  'content-type': 'application/json',
  accept: 'application/graphql-response+json, application/json;q=0.9',
  ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
})

export interface ReadDataOptions<Data> {
  /** The name of the operation. */
  name: string
  /** The HTTP status. */
  status: number
  requestId?: string | undefined
  onIncomplete?: ((error: GraphQLRequestError<Data>) => void) | undefined
}

/** Returns the data of a response; with errors, only if `onIncomplete` accepts it. @throws GraphQLRequestError */
export function readData<Data>(
  { data = null, errors = [] }: GraphQLResponse<Data> = {},
  { name, status, requestId, onIncomplete }: ReadDataOptions<Data>,
): Data {
  if (errors.length === 0 && data !== null) return data
  const error = new GraphQLRequestError<Data>(name, status, errors, data, requestId)
  if (data === null || !onIncomplete) throw error
  onIncomplete(error)
  return data
}

/** Parses a response body. Returns undefined when it is not a GraphQL response, for example an error page of a proxy. */
export function parseResponseBody<Data>(body: string): GraphQLResponse<Data> | undefined {
  try {
    const response: GraphQLResponse<Data> | null = JSON.parse(body)
    return typeof response === 'object' && response && ('data' in response || Array.isArray(response.errors))
      ? response
      : undefined
  } catch {
    return undefined
  }
}
