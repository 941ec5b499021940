import { sendText, type Route } from '../packages/platform/http'
import { createHttpClient, type HttpClient } from '../packages/platform/http/httpClient'

/** The path of the links by which mails are turned off, of the router and of the users subgraph. */
export const unsubscribePath = '/unsubscribe'

const timeoutMs = 5000
const maxResponseBytes = 10_000

/**
 * The page behind a link. A visit alone must not turn anything off, since mail scanners visit links; mail programs send the POST request
 * themselves (RFC 8058).
 */
const page = `<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Unsubscribe</title>
<form method="post"><p>Stop receiving mails of this kind?</p><button>Unsubscribe</button></form>
</html>
`

/** Creates the route that passes requests to turn off mails to the users subgraph. @param usersUrl any address of it */
export function createUnsubscribeRoute(usersUrl: string): Route {
  let client: HttpClient | undefined
  return async (request, response, search) => {
    // The token in the address suffices: the body is not read.
    request.resume()
    response.setHeader('referrer-policy', 'no-referrer')
    if (request.method === 'GET' || request.method === 'HEAD') {
      response.setHeader(
        'content-security-policy',
        "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
      )
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length })
      response.end(request.method === 'HEAD' ? undefined : page)
      return
    }
    if (request.method !== 'POST') return sendText(response, 405, 'Send a GET or a POST request.\n')
    client ??= createHttpClient(new URL(usersUrl).origin, 4)
    try {
      const path = `${unsubscribePath}${search}`
      const { status, bytes } = await client.send({
        path,
        headers: [],
        body: '',
        timeoutMs,
        maxResponseBytes,
      })
      sendText(response, status, bytes.toString())
    } catch {
      sendText(response, 503, 'This is not possible at the moment. Try again later.\n')
    }
  }
}
