import { GraphQLRequestError, type GraphQLResponseError } from './errors.ts'
import { readOperationName, toOperationText } from './operationText.ts'
import type { TypedDocument } from './typedDocument.ts'

/** Where and how requests are sent. */
export interface Endpoint {
  url: string
  fetch: typeof globalThis.fetch
  headers: Readonly<Record<string, string>>
}

export interface SendOperationOptions {
  accessToken?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * Sends one operation (https://graphql.github.io/graphql-over-http/draft/).
 *
 * @throws GraphQLRequestError for a response with errors and for an invalid response; what `fetch` throws without a response
 *   or when the signal is aborted
 */
export async function sendOperation<Data, Variables>(
  { url, fetch, headers }: Endpoint,
  document: TypedDocument<Data, Variables>,
  variables: Variables | undefined,
  { accessToken, signal }: SendOperationOptions,
): Promise<Data> {
  const { name, body } = serializeOperation(document, variables)
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
    },
    body,
    ...(signal && { signal }),
  })
  const { data, errors } = parseResponseBody<Data>(await response.text()) ?? {}
  if (errors?.length || data === undefined || data === null) {
    throw new GraphQLRequestError(name, response.status, errors ?? [], data ?? null)
  }
  return data
}

export interface SerializedOperation {
  name: string
  /** The request body, as JSON. */
  body: string
}

export function serializeOperation<Data, Variables>(
  document: TypedDocument<Data, Variables>,
  variables: Variables | undefined,
): SerializedOperation {
  const query = toOperationText(document)
  const operationName = readOperationName(query)
  return { name: operationName ?? 'anonymous', body: JSON.stringify({ query, operationName, variables }) }
}

interface GraphQLResponse<Data> {
  data?: Data | null
  errors?: readonly GraphQLResponseError[]
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
