import { createClient, memorySession, type ClientOptions, type StoredSession } from '../../client/src'
import { startFakeEndpoint, type EndpointResponse, type ReceivedRequest } from './fakeEndpoint'

const minutes = 60_000
/** Creates the nth session. @param livesFor the lifetime of its access token, in milliseconds */
export const createSession = (n: number, livesFor = 15 * minutes): StoredSession => ({
  accessToken: `access-${n}`,
  accessTokenExpiresAt: new Date(Date.now() + livesFor).toISOString(),
  refreshToken: `refresh-${n}`,
  refreshTokenExpiresAt: new Date(Date.now() + 1000 * minutes).toISOString(),
})
export const errorResponse = (code: string, data: unknown = null): EndpointResponse => ({
  body: { data, errors: [{ message: `It is ${code}.`, path: ['viewer'], extensions: { code } }] },
})
export const viewerResponse: EndpointResponse = {
  body: {
    data: { viewer: { id: 'usr_1', handle: 'ada', displayName: 'Ada', avatarUrl: null, role: 'MEMBER' } },
  },
}
export const renewalResponse = (next: StoredSession): EndpointResponse => ({
  body: { data: { refreshSession: { session: next, userErrors: [] } } },
})
export const expiredResponse: EndpointResponse = {
  body: {
    data: { refreshSession: { session: null, userErrors: [{ code: 'EXPIRED', message: 'x', field: null }] } },
  },
}

/** Creates a promise that a test resolves, to hold back a request. */
export function createGate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

/** Provides fake endpoints with clients, which are closed after each test. */
export function useFakeEndpoints() {
  let closeAll: (() => Promise<void>)[] = []
  afterEach(async () => {
    await Promise.all(closeAll.map((close) => close()))
    closeAll = []
  })
  const start = async (respond: Respond) => {
    const endpoint = await startFakeEndpoint(respond)
    closeAll.push(endpoint.close)
    return endpoint
  }
  return {
    start,
    async setUp(respond: Respond, options: Partial<ClientOptions> & { start?: StoredSession } = {}) {
      const endpoint = await start(respond)
      const { start: session, ...rest } = options
      const client = createClient({ url: endpoint.url, session: memorySession(session ?? null), ...rest })
      return { endpoint, client }
    },
  }
}

type Respond = (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>
