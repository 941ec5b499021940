import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLResponse } from '@apollo/server'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import { createTickBatcher } from '../async/tickBatcher'
import { BodyTooLargeError, readBody, sendText } from './server'

/** The part of an HTTP request that a GraphQL server reads. */
export interface HttpOperation<Context> {
  method: string | undefined
  /** The query string: '' or `?…`. */
  search: string
  /** The body, parsed from JSON; undefined when it is not JSON. */
  body: unknown
  /** Called once the request is well formed. */
  createContext: () => Promise<Context> | Context
}

/** A request whose body has been received. */
export interface GraphqlHttpRequest<Context> extends HttpOperation<Context> {
  request: IncomingMessage
  response: ServerResponse
}

const joinTick = createTickBatcher()

/**
 * Receives the body of a request, and parses it if it is JSON. Bodies that arrive in one tick of the event loop are
 * processed together.
 *
 * @param headers of the response in any case: names and values in turn
 * @returns undefined after a response with status 413 or 400
 */
export async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  headers: readonly string[],
  maxBodyBytes: number,
): Promise<{ body: unknown } | undefined> {
  try {
    const text = await readBody(request, maxBodyBytes)
    await joinTick()
    return { body: parseBody(request, text) }
  } catch (error) {
    refuseBody(response, headers, error, maxBodyBytes)
    return undefined
  }
}

/** @returns undefined for a body that is not JSON @throws SyntaxError */
function parseBody(request: IncomingMessage, text: string): unknown {
  if (text === '' || !/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined
  return JSON.parse(text)
}

/** @throws any error that the body has not caused */
function refuseBody(
  response: ServerResponse,
  headers: readonly string[],
  error: unknown,
  maxBodyBytes: number,
): void {
  const isLarge = error instanceof BodyTooLargeError
  if (!isLarge && !(error instanceof SyntaxError)) throw error
  for (let index = 0; index < headers.length; index += 2)
    response.setHeader(headers[index] ?? '', headers[index + 1] ?? '')
  // The rest of the body is not read: the connection cannot be reused.
  response.setHeader('connection', 'close')
  if (isLarge) sendText(response, 413, `The body of the request is larger than ${maxBodyBytes} bytes.\n`)
  else sendText(response, 400, 'The body of the request is not valid JSON.\n')
}

/**
 * Executes an operation on an Apollo server through its public `executeHTTPGraphQLRequest`, which follows GraphQL over HTTP
 * (https://graphql.github.io/graphql-over-http/draft/).
 *
 * @param given the headers of the request
 */
export function executeHttpOperation<Context extends BaseContext>(
  server: Pick<ApolloServer<Context>, 'executeHTTPGraphQLRequest'>,
  { method = 'GET', search, body, createContext }: HttpOperation<Context>,
  given: IncomingHttpHeaders,
): Promise<HTTPGraphQLResponse> {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      // Node omits the body of a response to HEAD.
      method: method === 'HEAD' ? 'GET' : method.toUpperCase(),
      headers,
      search,
      body,
    },
    context: async () => createContext(),
  })
}

/** Sends the response of an Apollo server. */
export async function sendGraphqlResponse(
  response: ServerResponse,
  { status = 200, headers, body }: HTTPGraphQLResponse,
): Promise<void> {
  response.statusCode = status
  for (const [name, value] of headers) response.setHeader(name, value)
  if (body.kind === 'complete') {
    response.setHeader('content-length', Buffer.byteLength(body.string))
    response.end(body.string)
    return
  }
  for await (const chunk of body.asyncIterator) response.write(chunk)
  response.end()
}
