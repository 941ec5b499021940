import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

/** What one request to the endpoint says. */
export interface ReceivedRequest {
  operation: string
  query: string
  variables: Record<string, unknown>
  /** The access token; undefined when there is none. */
  token: string | undefined
  headers: IncomingHttpHeaders
}

export interface EndpointResponse {
  status?: number
  body: unknown
}

/**
 * A small endpoint over HTTP that answers as `answer` says, for what the real one does only on a bad day.
 *
 * @param answer may return a promise, to keep a request waiting
 */
export async function startFakeEndpoint(
  answer: (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>,
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
    const { status = 200, body } = await answer(each)
    response.writeHead(status, { 'content-type': 'application/json' })
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
    /** How many requests ran this operation. */
    count: (operation: string) => received.filter((each) => each.operation === operation).length,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
