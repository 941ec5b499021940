import {
  cookieSession,
  createClient,
  createServerClient,
  memorySession,
  renewSession,
  ViewerDocument,
  type Cookies,
  type StoredSession,
} from '../../client/src'
import {
  createGate,
  createSession,
  errorResponse,
  expiredResponse,
  renewalResponse,
  useFakeEndpoints,
  viewerResponse,
} from '../support/clientEndpoint'
import { waitUntil } from '../support/processes'

const { setUp, start } = useFakeEndpoints()

describe('with the refresh token in a cookie', () => {
  const cookie = 'refresh=1'
  const withoutToken = { ...createSession(1), refreshToken: null }

  /** Adds the cookie that a browser would send, which the client allows it to. */
  const fetchWithCookie: typeof fetch = (url, request) => {
    const headers = new Headers(request?.headers)
    if (request?.credentials === 'include') headers.set('cookie', cookie)
    return fetch(url, { ...request, headers })
  }

  it('restores the session of an earlier page, once, and renews it', async () => {
    let count = 0
    const { client, endpoint } = await setUp(
      ({ operation, headers }) => {
        if (operation !== 'RefreshSession') return viewerResponse
        if (headers.cookie !== cookie) return errorResponse('UNAUTHENTICATED')
        return renewalResponse({
          ...createSession(++count, count === 1 ? 25_000 : undefined),
          refreshToken: null,
        })
      },
      { cookies: true, fetch: fetchWithCookie },
    )
    await Promise.all([client.request(ViewerDocument), client.request(ViewerDocument)])
    await client.request(ViewerDocument)
    const renewals = endpoint.received.filter(({ operation }) => operation === 'RefreshSession')
    expect(renewals.map(({ variables }) => variables)).toEqual(
      Array(2).fill({ input: { refreshToken: null } }),
    )
    expect(endpoint.received.at(-1)).toMatchObject({ operation: 'Viewer', token: 'access-2' })
  })

  it('requests without a session when there is no cookie, and asks only once', async () => {
    let signedOut = 0
    const { client, endpoint } = await setUp(
      ({ operation }) => (operation === 'RefreshSession' ? errorResponse('UNAUTHENTICATED') : viewerResponse),
      { cookies: true, fetch: fetchWithCookie, onSignedOut: () => signedOut++ },
    )
    await client.request(ViewerDocument)
    await client.request(ViewerDocument)
    expect([endpoint.count('RefreshSession'), endpoint.received.at(-1)?.token, signedOut]).toEqual([
      1,
      undefined,
      0,
    ])
  })

  it('ends the session of the cookie when the user signs out', async () => {
    const { client, endpoint } = await setUp(() => ({ body: { data: { signOut: { userErrors: [] } } } }), {
      cookies: true,
      fetch: fetchWithCookie,
      start: withoutToken,
    })
    await client.signOut()
    expect(endpoint.received).toMatchObject([
      { operation: 'SignOut', variables: { input: { everywhere: false } }, headers: { cookie } },
    ])
    expect(await client.accessToken()).toBeNull()
  })
})

describe('signing out', () => {
  const page = { document: { cookie: '' } }
  beforeEach(() => void Object.assign(globalThis, page))
  afterEach(() => void Reflect.deleteProperty(globalThis, 'document'))

  it('reaches the other tabs, which have sessions of their own', async () => {
    const response = { body: { data: { viewer: null, signOut: { userErrors: [] } } } }
    const notified = createGate()
    const { client, endpoint } = await setUp(() => response, { start: createSession(1), webSocket: false })
    const other = createClient({
      url: endpoint.url,
      session: memorySession(createSession(2)),
      onSignedOut: notified.open,
    })
    await other.request(ViewerDocument)
    await client.signOut()
    await notified.opened
    await waitUntil('the session of the other tab has ended', () => endpoint.count('SignOut') === 2)
    expect(await other.getSession()).toBeNull()
    expect(endpoint.received.at(-1)?.variables).toEqual({
      input: { refreshToken: 'refresh-2', everywhere: false },
    })
  })
})

describe('a client of a server that renders pages', () => {
  /** The cookies of a request or of a browser. */
  const createCookies = (session: StoredSession) => {
    const values = new Map<string, string>()
    const cookies: Cookies = {
      get: (name) => values.get(name),
      set: (name, value) => void values.set(name, value),
    }
    void cookieSession(cookies).set(session)
    return cookies
  }
  const createExpiring = () => createSession(1, 25_000)

  it('uses a session that is about to expire without renewing it', async () => {
    const endpoint = await start(() => viewerResponse)
    const { get } = createCookies(createExpiring())
    await createServerClient({ url: endpoint.url, cookies: { get }, renew: false }).request(ViewerDocument)
    expect(endpoint.received).toMatchObject([{ operation: 'Viewer', token: 'access-1' }])
  })

  it.each([
    ['has expired', createSession(1, -1)],
    ['is rejected', createSession(1)],
  ])('renders without a session that %s, and keeps its cookies', async (_, session) => {
    const endpoint = await start(({ token }) => (token ? errorResponse('UNAUTHENTICATED') : viewerResponse))
    const cookies = createCookies(session)
    const before = cookies.get('agora.session')
    const client = createServerClient({ url: endpoint.url, cookies })
    expect((await client.request(ViewerDocument)).viewer).toBeDefined()
    expect(endpoint.count('RefreshSession')).toBe(0)
    expect(cookies.get('agora.session')).toBe(before)
  })

  it('renews the session in middleware, and returns the cookies to set', async () => {
    const endpoint = await start(() => renewalResponse(createSession(2)))
    const cookies = createCookies(createExpiring())
    const changed = await renewSession({ url: endpoint.url, cookies })
    expect(changed).toMatchObject([{ name: 'agora.session', path: '/', sameSite: 'lax', secure: true }])
    for (const { name, value, ...attributes } of changed) cookies.set(name, value, attributes)
    expect((await cookieSession(cookies).get())?.accessToken).toBe('access-2')
    expect(await renewSession({ url: endpoint.url, cookies })).toEqual([])
    expect(endpoint.count('RefreshSession')).toBe(1)
  })

  it.each([
    ['clears the cookies of a session that has ended', expiredResponse, ['']],
    ['keeps the cookies when the endpoint cannot renew', { status: 502, body: 'Bad gateway' }, []],
  ])('%s', async (_, response, values) => {
    const endpoint = await start(() => response)
    const changed = await renewSession({ url: endpoint.url, cookies: createCookies(createSession(1, -1)) })
    expect(changed.map(({ value }) => value)).toEqual(values)
  })
})
