import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { Kind, print, type DocumentNode } from 'graphql'

import { GraphQLRequestError, type AnswerError } from './errors.ts'

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
 * Sends one operation as the GraphQL-over-HTTP specification says.
 *
 * @throws GraphQLRequestError when the answer has errors or is no GraphQL answer; what `fetch` throws when there is no
 *   answer, or when the signal aborts it
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
  const answer = parseResponseBody<Data>(await response.text())
  if (!answer) throw new GraphQLRequestError(name, response.status, [])
  const { data, errors } = answer
  if (errors?.length || data === undefined || data === null) {
    throw new GraphQLRequestError(name, response.status, errors ?? [], data ?? null)
  }
  return data
}

/** An operation as it is sent. */
export interface SerializedOperation {
  name: string
  /** The whole request, as JSON. */
  body: string
}

export function serializeOperation<Data, Variables>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables | undefined,
): SerializedOperation {
  const name = operationName(document)
  return { name, body: JSON.stringify({ query: textOf(document), operationName: name, variables }) }
}

interface Answer<Data> {
  data?: Data | null
  errors?: readonly AnswerError[]
}

/** An answer's body, or undefined where it is none: a proxy's page, for example. */
export function parseResponseBody<Data>(body: string): Answer<Data> | undefined {
  try {
    const answer: Answer<Data> | null = JSON.parse(body)
    return typeof answer === 'object' && answer && ('data' in answer || Array.isArray(answer.errors))
      ? answer
      : undefined
  } catch {
    return undefined
  }
}

const texts = new WeakMap<DocumentNode, string>()

/** A document as text; printed once, for documents are constants of a program. */
function textOf(document: DocumentNode): string {
  const known = texts.get(document)
  if (known !== undefined) return known
  const text = print(document)
  texts.set(document, text)
  return text
}

function operationName(document: DocumentNode): string {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
  return operation?.name?.value ?? 'anonymous'
}
