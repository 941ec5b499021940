import { waitUnlessAborted } from './abort.ts'
import { resolveUrl } from './platform.ts'
import { parseResponseBody, type Endpoint } from './sendOperation.ts'
import type { SessionManager } from './sessionManager.ts'

/** The header with which any router shows a client its own writes. */
const positionHeader = 'agora-position'
/** Longer than a write needs to reach all routers. */
const positionLifetimeMs = 60_000

/**
 * Creates a `fetch` for the endpoint that sends the access token, and the positions of the latest mutations. After a
 * response with UNAUTHENTICATED it renews the session and sends the request once more.
 */
export function createAuthorizedFetch(endpoint: Endpoint, sessionManager: SessionManager): typeof fetch {
  let positions: string[] = []
  let positionsUntilMs = 0

  return async (input, init = {}) => {
    const request = typeof input === 'object' && 'headers' in input ? input : undefined
    requireUrl(endpoint.url, request?.url ?? String(input))
    const signal = init.signal ?? request?.signal

    const send = async (accessToken: string | undefined) => {
      const headers = new Headers(endpoint.headers)
      new Headers(init.headers ?? request?.headers).forEach((value, name) => headers.set(name, value))
      if (accessToken !== undefined) headers.set('authorization', `Bearer ${accessToken}`)
      if (performance.now() < positionsUntilMs) headers.set(positionHeader, positions.join())
      const response = await endpoint.fetch(request?.clone() ?? input, { ...init, headers })
      const position = response.headers.get(positionHeader)
      if (position) {
        positions = [position, ...positions.slice(0, 4)]
        positionsUntilMs = performance.now() + positionLifetimeMs
      }
      return response
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
