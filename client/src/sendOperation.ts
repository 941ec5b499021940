import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { Kind, print, type DocumentNode } from 'graphql'

import { GraphQLRequestError, type GraphQLResponseError } from './errors.ts'

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
  document: TypedDocumentNode<Data, Variables>,
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
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | undefined,
): SerializedOperation {
  const name = readOperationName(document)
  return { name, body: JSON.stringify({ query: printDocument(document), operationName: name, variables }) }
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

const printedDocuments = new WeakMap<DocumentNode, string>()

/** Prints a document once; documents are usually constants. */
function printDocument(document: DocumentNode): string {
  const printed = printedDocuments.get(document) ?? print(document)
  printedDocuments.set(document, printed)
  return printed
}

function readOperationName(document: DocumentNode): string {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
  return operation?.name?.value ?? 'anonymous'
}
