import {
  getOperationAST,
  GraphQLError,
  OperationTypeNode,
  type DocumentNode,
  type OperationDefinitionNode,
} from 'graphql'
import type { IncomingHttpHeaders } from 'node:http'

import { isObject, parseJson, type JsonObject } from '../../platform'

/** The HTTP request of an operation; messages of a WebSocket are treated as POST requests. */
export interface OperationRequest {
  method: string | undefined
  /** The query string: '' or `?…`. */
  search: string
  /** The body, parsed from JSON; undefined when it is not JSON. */
  body: unknown
  headers: IncomingHttpHeaders
}

/** The parameters of a GraphQL request (https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters). */
export interface GraphqlParameters {
  query: string | undefined
  /** The identifier of a trusted document (https://github.com/graphql/graphql-over-http, appendix "Persisted Documents"). */
  documentId: string | undefined
  operationName: string | undefined
  variables: JsonObject
  /** The hash of an automatic persisted query. */
  persistedHash: string | undefined
}

/** Creates the error of a request that is not well formed. */
export function badRequest(
  message: string,
  status = 400,
  headers: Record<string, string> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status, headers } } })
}

/** The media types that a form of any page may send without a preflight request (CORS). */
const formMediaTypes: readonly string[] = [
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]
const preflightHeaders = ['x-apollo-operation-name', 'apollo-require-preflight']

/**
 * Refuses requests that a page of another origin can send without a CORS preflight (cross-site request forgery).
 *
 * @throws BAD_REQUEST
 */
export function requirePreflight(headers: IncomingHttpHeaders): void {
  if (headers['content-type'] === 'application/json') return
  const mediaType = readMediaType(headers['content-type'])
  if (mediaType !== undefined && !formMediaTypes.includes(mediaType)) return
  if (preflightHeaders.some((name) => headers[name])) return
  throw badRequest(
    `The operation may be a cross-site request forgery. Send a content-type that is none of ${formMediaTypes.join(', ')}, or one of the headers ${preflightHeaders.join(', ')}.`,
  )
}

/** Returns a media type without its parameters, in lower case. */
function readMediaType(contentType: string | undefined): string | undefined {
  return contentType === undefined ? undefined : (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/**
 * Reads the parameters of a request.
 *
 * @throws BAD_REQUEST with a 4xx status
 */
export function readParameters({
  method = 'GET',
  search,
  body,
  headers,
}: OperationRequest): GraphqlParameters {
  switch (method.toUpperCase()) {
    case 'POST':
      return readBodyParameters(body)
    case 'GET':
    case 'HEAD':
      return readSearchParameters(search, headers['content-type'])
    default:
      throw badRequest('Only GET and POST requests are supported.', 405, { allow: 'GET, POST' })
  }
}

function readBodyParameters(body: unknown): GraphqlParameters {
  if (Array.isArray(body)) throw badRequest('Batches of operations are not supported.')
  if (!isObject(body) || (body['query'] === undefined && Object.keys(body).length === 0))
    throw badRequest('The body must be a JSON object with the content-type application/json.')
  const { query, documentId, operationName, variables, extensions } = body
  // Other falsy values count as missing.
  if (query && typeof query !== 'string') throw badRequest('`query` must be a string.')
  if (documentId != null && typeof documentId !== 'string') throw badRequest('`documentId` must be a string.')
  if (operationName != null && typeof operationName !== 'string')
    throw badRequest('`operationName` must be a string.')
  if (variables != null && !isObject(variables)) throw badRequest('`variables` must be an object.')
  if (extensions != null && !isObject(extensions)) throw badRequest('`extensions` must be an object.')
  return toParameters({ query, documentId, operationName, variables, extensions })
}

function readSearchParameters(search: string, contentType: string | undefined): GraphqlParameters {
  const mediaType = readMediaType(contentType)
  if (mediaType !== undefined && mediaType !== 'application/json')
    throw badRequest('A GET request may have no content-type but application/json.', 415)
  const parameters = new URLSearchParams(search)
  const [query, documentId, operationName, variables, extensions] = [
    'query',
    'documentId',
    'operationName',
    'variables',
    'extensions',
  ].map((name) => {
    const values = parameters.getAll(name)
    if (values.length > 1) throw badRequest(`The parameter \`${name}\` must not be repeated.`)
    return values[0]
  })
  return toParameters({
    query,
    documentId,
    operationName,
    variables: parseSearchParameter('variables', variables),
    extensions: parseSearchParameter('extensions', extensions),
  })
}

function parseSearchParameter(name: string, text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw badRequest(`The parameter \`${name}\` must be JSON.`)
  }
  if (!isObject(value)) throw badRequest(`The parameter \`${name}\` must be a JSON object.`)
  return value
}

interface ReadParameters {
  query: unknown
  documentId: string | null | undefined
  operationName: string | null | undefined
  variables: JsonObject | null | undefined
  extensions: JsonObject | null | undefined
}

function toParameters({
  query,
  documentId,
  operationName,
  variables,
  extensions,
}: ReadParameters): GraphqlParameters {
  return {
    query: typeof query === 'string' ? query : undefined,
    documentId: documentId ?? undefined,
    // The specification treats an empty name as a missing one.
    operationName: operationName || undefined,
    variables: variables ?? {},
    persistedHash: readPersistedHash(extensions?.['persistedQuery']),
  }
}

function readPersistedHash(persistedQuery: unknown): string | undefined {
  if (!persistedQuery) return undefined
  if (!isObject(persistedQuery) || persistedQuery['version'] !== 1)
    throw badRequest('Unsupported persisted query version')
  const hash = persistedQuery['sha256Hash']
  return typeof hash === 'string' ? hash : ''
}

/** Selects the operation of a document. @throws OPERATION_RESOLUTION_FAILURE */
export function requireOperation(
  document: DocumentNode,
  operationName: string | undefined,
): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName)
  if (operation) return operation
  throw new GraphQLError(
    operationName === undefined
      ? 'The document has several operations; operationName must say which one to run.'
      : 'The document has no operation of this name.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  )
}

/** Requires POST for mutations and subscriptions. @throws BAD_REQUEST with status 405 */
export function requireMethod(method: string | undefined, type: OperationTypeNode): void {
  if (method === 'POST' || type === OperationTypeNode.QUERY) return
  throw badRequest(`A GET request may contain queries, not a ${type}.`, 405, { allow: 'POST' })
}

/** Creates the error of a request that accepts none of the media types. */
export function createNotAcceptableError(): GraphQLError {
  return badRequest(
    'The accept header allows neither application/json nor application/graphql-response+json.',
    406,
  )
}

/** Creates the error of a subscription over a protocol without events. */
export function createStreamRequiredError(): GraphQLError {
  return new GraphQLError(
    'A subscription needs a protocol with events: a WebSocket (graphql-transport-ws), or a request that accepts text/event-stream, or multipart/mixed with subscriptionSpec=1.0.',
    { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } },
  )
}
