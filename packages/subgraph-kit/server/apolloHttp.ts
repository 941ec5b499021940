import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLResponse } from '@apollo/server'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import { viewerHeader } from '../../auth/tokens'

/** The part of an HTTP request that a GraphQL server reads. */
interface HttpOperation<Context> {
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

/** The headers that Apollo Server and its plugins read. */
const usedHeaders = ['accept', 'content-type', viewerHeader] as const
/** The default of Apollo Server. It would parse the header of the router twice in each request. */
const defaultMediaType = 'application/json'

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
  for (const name of usedHeaders) {
    const value = given[name]
    if (typeof value === 'string' && (name !== 'accept' || value !== defaultMediaType))
      headers.set(name, value)
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
