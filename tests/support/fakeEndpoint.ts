import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

/** A request to the endpoint. */
export interface ReceivedRequest {
  operation: string
  query: string
  variables: Record<string, unknown>
  /** The access token, if there is one. */
  token: string | undefined
  headers: IncomingHttpHeaders
}

export interface EndpointResponse {
  status?: number
  headers?: Record<string, string>
  body: unknown
}

/**
 * Starts an HTTP endpoint with responses that the real one rarely sends.
 *
 * @param respond returns the response, or a promise to delay it
 */
export async function startFakeEndpoint(
  respond: (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>,
) {
  const received: ReceivedRequest[] = []
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { operationName, query, variables = {} } = JSON.parse(Buffer.concat(chunks).toString())
    const token = request.headers.authorization?.replace(/^Bearer /, '')
    const each: ReceivedRequest = {
      operation: operationName,
      query,
      variables,
      token,
      headers: request.headers,
    }
    received.push(each)
    const { status = 200, headers, body } = await respond(each)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    received,
    /** Counts the requests of an operation. */
    count: (operation: string) => received.filter((each) => each.operation === operation).length,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
