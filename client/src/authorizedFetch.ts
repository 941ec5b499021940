import { waitUnlessAborted } from './abort.ts'
import { resolveUrl } from './platform.ts'
import { parseResponseBody, type Endpoint } from './sendOperation.ts'
import type { SessionManager } from './sessionManager.ts'

/**
 * Creates a `fetch` for the endpoint that sends the access token. After a response with UNAUTHENTICATED it renews the session
 * and sends the request once more.
 */
export function createAuthorizedFetch(endpoint: Endpoint, sessionManager: SessionManager): typeof fetch {
  return async (input, init = {}) => {
    const isRequest = typeof input === 'object' && 'headers' in input
    requireUrl(endpoint.url, isRequest ? input.url : String(input))
    const signal = init.signal ?? (isRequest ? input.signal : undefined)

    const send = (accessToken: string | undefined) => {
      const headers = new Headers(init.headers ?? (isRequest ? input.headers : undefined))
      for (const [name, value] of Object.entries(endpoint.headers))
        if (!headers.has(name)) headers.set(name, value)
      if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`)
      return endpoint.fetch(isRequest ? input.clone() : input, { ...init, headers })
    }

    const session = await waitUnlessAborted(sessionManager.getSession(), signal)
    const response = await send(session?.accessToken)
    if (!session || !(await isRejected(response))) return response
    const next = await waitUnlessAborted(sessionManager.renewRejected(session), signal)
    return send(next?.accessToken)
  }
}

/** Returns whether the endpoint has executed nothing since the access token is not valid. */
async function isRejected(response: Response): Promise<boolean> {
  if (response.status === 401) return true
  if (!response.headers.get('content-type')?.includes('json')) return false
  const text = await response.clone().text()
  if (!text.includes('"UNAUTHENTICATED"')) return false
  const { data = null, errors = [] } = parseResponseBody(text) ?? {}
  return data === null && errors.some(({ extensions }) => extensions?.code === 'UNAUTHENTICATED')
}

/** @throws Error for another URL, which must not receive the access token */
function requireUrl(endpointUrl: string, url: string): void {
  if (resolveUrl(url) !== resolveUrl(endpointUrl))
    throw new Error(`The client sends its access token only to ${endpointUrl}, not to ${url}.`)
}
