import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLResponse } from '@apollo/server'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import { createTickBatcher } from '../async/tickBatcher'
import { BodyTooLargeError, readBody, sendText } from './server'

/** Executes operations: an Apollo server, or a guard in front of one. */
export type OperationServer<Context extends BaseContext> = Pick<
  ApolloServer<Context>,
  'executeHTTPGraphQLRequest'
>

/** How one endpoint takes requests. */
export interface GraphqlEndpoint<Context extends BaseContext> {
  server: OperationServer<Context>
  /** In bytes; a longer body is answered with 413. */
  maxBodyBytes: number
  /** Asked first: may answer a request by itself, with the arrival's headers, and says whether it has. */
  tryFastPath?: (arrival: GraphqlHttpRequest<Context>) => Promise<boolean> | false
  /** Asked next, before the server is, when the response has these headers already. */
  intercept?: (arrival: GraphqlHttpRequest<Context>) => Promise<boolean>
}

/** What a request asks for, by whatever way it has come. */
export interface HttpOperation<Context> {
  method: string | undefined
  /** What follows the path: '' or `?…`. */
  search: string
  /** Parsed from JSON; undefined when there is none. */
  body: unknown
  /** Called once the request has a valid form. */
  createContext: () => Promise<Context> | Context
}

/** A request over HTTP. */
export interface IncomingRequest<Context> extends Pick<HttpOperation<Context>, 'search' | 'createContext'> {
  request: IncomingMessage
  response: ServerResponse
  /** What the response says in any case: names and values in turn. */
  headers: string[]
}

/** One whose body has been read. */
export interface GraphqlHttpRequest<Context> extends IncomingRequest<Context>, HttpOperation<Context> {}

const joinArrivals = createTickBatcher()

/**
 * Hands an HTTP request to an Apollo server through its public `executeHTTPGraphQLRequest`, which follows GraphQL
 * over HTTP (https://graphql.github.io/graphql-over-http/draft/).
 */
export async function handleGraphqlRequest<Context extends BaseContext>(
  { server, maxBodyBytes, tryFastPath, intercept }: GraphqlEndpoint<Context>,
  { request, response, search, headers, createContext }: IncomingRequest<Context>,
): Promise<void> {
  let body: unknown
  try {
    const text = await readBody(request, maxBodyBytes)
    await joinArrivals()
    body = parseBody(request, text)
  } catch (error) {
    setHeaders(response, headers)
    return refuseBody(response, error, maxBodyBytes)
  }
  const arrival = { request, response, method: request.method, search, body, headers, createContext }
  const answering = tryFastPath?.(arrival)
  if (answering && (await answering)) return
  setHeaders(response, headers)
  if (intercept && (await intercept(arrival))) return
  await sendGraphqlResponse(response, await executeHttpOperation(server, arrival, request.headers))
}

function setHeaders(response: ServerResponse, headers: readonly string[]): void {
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
}

/**
 * Has an Apollo server answer a request.
 *
 * @param given the headers that say what is wanted
 */
export function executeHttpOperation<Context extends BaseContext>(
  server: OperationServer<Context>,
  { method = 'GET', search, body, createContext }: HttpOperation<Context>,
  given: IncomingHttpHeaders,
): Promise<HTTPGraphQLResponse> {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      // Node leaves out the body of what answers HEAD.
      method: method === 'HEAD' ? 'GET' : method.toUpperCase(),
      headers,
      search,
      body,
    },
    context: async () => createContext(),
  })
}

export async function sendGraphqlResponse(
  response: ServerResponse,
  answer: HTTPGraphQLResponse,
): Promise<void> {
  response.statusCode = answer.status ?? 200
  for (const [name, value] of answer.headers) response.setHeader(name, value)
  if (answer.body.kind === 'complete') {
    response.setHeader('content-length', Buffer.byteLength(answer.body.string))
    response.end(answer.body.string)
    return
  }
  for await (const chunk of answer.body.asyncIterator) response.write(chunk)
  response.end()
}

/** @returns undefined where there is no JSON @throws SyntaxError */
function parseBody(request: IncomingMessage, text: string): unknown {
  if (text === '' || !/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined
  return JSON.parse(text)
}

/** @throws what is not the body's fault */
function refuseBody(response: ServerResponse, error: unknown, limit: number): void {
  const isLarge = error instanceof BodyTooLargeError
  if (!isLarge && !(error instanceof SyntaxError)) throw error
  // What is left of the body is not read: the connection cannot be used again.
  response.setHeader('connection', 'close')
  if (isLarge) sendText(response, 413, `The request's body is larger than ${limit} bytes.\n`)
  else sendText(response, 400, "The request's body is not valid JSON.\n")
}
