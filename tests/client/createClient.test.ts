import {
  cookieSession,
  createClient,
  createServerClient,
  FeedDocument,
  GraphQLRequestError,
  memorySession,
  renewSession,
  storedSession,
  ViewerDocument,
  type ClientOptions,
  type Cookies,
  type StoredSession,
} from '../../client/src'
import { startFakeEndpoint, type EndpointResponse, type ReceivedRequest } from '../support/fakeEndpoint'
import { waitUntil } from '../support/processes'

const minutes = 60_000
const createSession = (n: number, livesFor = 15 * minutes): StoredSession => ({
  accessToken: `access-${n}`,
  accessTokenExpiresAt: new Date(Date.now() + livesFor).toISOString(),
  refreshToken: `refresh-${n}`,
  refreshTokenExpiresAt: new Date(Date.now() + 1000 * minutes).toISOString(),
})
const errorResponse = (code: string, data: unknown = null): EndpointResponse => ({
  body: { data, errors: [{ message: `It is ${code}.`, path: ['viewer'], extensions: { code } }] },
})
const viewerResponse: EndpointResponse = {
  body: {
    data: { viewer: { id: 'usr_1', handle: 'ada', displayName: 'Ada', avatarUrl: null, role: 'MEMBER' } },
  },
}
const renewalResponse = (next: StoredSession): EndpointResponse => ({
  body: { data: { refreshSession: { session: next, userErrors: [] } } },
})
const expiredResponse: EndpointResponse = {
  body: {
    data: { refreshSession: { session: null, userErrors: [{ code: 'EXPIRED', message: 'x', field: null }] } },
  },
}

/** Creates a promise that a test resolves, to hold back a request. */
function createGate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

let closeAll: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closeAll.map((close) => close()))
  closeAll = []
})

async function setUp(
  respond: (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>,
  options: Partial<ClientOptions> & { start?: StoredSession } = {},
) {
  const endpoint = await startFakeEndpoint(respond)
  closeAll.push(endpoint.close)
  const { start, ...rest } = options
  return {
    endpoint,
    client: createClient({ url: endpoint.url, session: memorySession(start ?? null), ...rest }),
  }
}

/** Creates an endpoint that accepts one access token, and refreshes sessions. */
function acceptToken(
  accepted: number,
  refresh: (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>,
) {
  return (request: ReceivedRequest) => {
    if (request.operation === 'RefreshSession') return refresh(request)
    return request.token === `access-${accepted}` ? viewerResponse : errorResponse('UNAUTHENTICATED')
  }
}

describe('a request', () => {
  it('sends the document, its name and variables as JSON, and returns the data', async () => {
    const { client, endpoint } = await setUp(
      () => ({ body: { data: { posts: { nodes: [], pageInfo: {} } } } }),
      {
        headers: { 'x-frontend': 'test' },
      },
    )
    expect((await client.request(FeedDocument, { first: 3 })).posts?.nodes).toEqual([])
    const [received] = endpoint.received
    expect(received).toMatchObject({ operation: 'Feed', variables: { first: 3 }, token: undefined })
    expect(received?.query).toContain('query Feed')
    expect(received?.headers).toMatchObject({ 'x-frontend': 'test', 'content-type': 'application/json' })
    expect(received?.headers.accept).toContain('application/graphql-response+json')
  })

  it('contains the access token of the session', async () => {
    const { client, endpoint } = await setUp(() => viewerResponse, { start: createSession(1) })
    await client.request(ViewerDocument)
    expect(endpoint.received[0]?.token).toBe('access-1')
  })

  it('throws the errors together with the partial data', async () => {
    const { client } = await setUp(() => errorResponse('SUBGRAPH_UNAVAILABLE', { viewer: null }))
    const error = await client.request(ViewerDocument).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(GraphQLRequestError)
    expect(error).toMatchObject({
      operation: 'Viewer',
      status: 200,
      code: 'SUBGRAPH_UNAVAILABLE',
      data: { viewer: null },
      message: 'Viewer: It is SUBGRAPH_UNAVAILABLE.',
    })
  })

  it('returns the partial data with onIncomplete, which receives the error with the ID of the request', async () => {
    const { client } = await setUp(() => ({
      ...errorResponse('SUBGRAPH_UNAVAILABLE', { viewer: null }),
      headers: { 'x-request-id': 'r1' },
    }))
    const incomplete: unknown[] = []
    const onIncomplete = (error: unknown) => incomplete.push(error)
    expect(await client.request(ViewerDocument, {}, { onIncomplete })).toEqual({ viewer: null })
    expect(incomplete).toMatchObject([{ code: 'SUBGRAPH_UNAVAILABLE', requestId: 'r1' }])
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ requestId: 'r1' })
  })

  it.each([
    ['an error page of a proxy', { status: 502, body: '<html>Bad gateway</html>' }],
    ['JSON that is not a GraphQL response', { status: 404, body: '"not found"' }],
    ['no body', { status: 500, body: '' }],
  ])('throws the HTTP status when the response is %s', async (_, response) => {
    const { client } = await setUp(() => response)
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({
      name: 'GraphQLRequestError',
      status: response.status,
      errors: [],
      data: null,
    })
  })

  it('throws what fetch throws without a response', async () => {
    const { client, endpoint } = await setUp(() => viewerResponse)
    await endpoint.close()
    closeAll = []
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ name: 'TypeError' })
  })

  it('ends when its signal is aborted', async () => {
    const arrived = createGate()
    const { client } = await setUp(() => {
      arrived.open()
      return new Promise<EndpointResponse>(() => {})
    })
    const controller = new AbortController()
    const request = client.request(ViewerDocument, {}, { signal: controller.signal })
    await arrived.opened
    controller.abort()
    await expect(request).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the session', () => {
  it('is renewed once for 50 requests that are rejected at the same time', async () => {
    const allRejected = createGate()
    let rejected = 0
    const { client, endpoint } = await setUp(
      async (request) => {
        if (request.operation === 'RefreshSession') return renewalResponse(createSession(2))
        if (request.token === 'access-2') return viewerResponse
        if (++rejected === 50) allRejected.open()
        await allRejected.opened
        return errorResponse('UNAUTHENTICATED')
      },
      { start: createSession(1) },
    )
    const results = await Promise.all(Array.from({ length: 50 }, () => client.request(ViewerDocument)))
    expect(results.every(({ viewer }) => viewer?.handle === 'ada')).toBe(true)
    expect(endpoint.count('RefreshSession')).toBe(1)
    expect(endpoint.count('Viewer')).toBe(100)
    expect((await client.getSession())?.accessToken).toBe('access-2')
  })

  it('is renewed once, before 50 requests are sent, when its access token is about to expire', async () => {
    const { client, endpoint } = await setUp(
      acceptToken(2, () => renewalResponse(createSession(2))),
      { start: createSession(1, 10_000) },
    )
    await Promise.all(Array.from({ length: 50 }, () => client.request(ViewerDocument)))
    expect(endpoint.count('RefreshSession')).toBe(1)
    expect(endpoint.count('Viewer')).toBe(50)
    expect(endpoint.received[0]?.variables).toEqual({ input: { refreshToken: 'refresh-1' } })
  })

  it('is not renewed while its access token is valid', async () => {
    const { client, endpoint } = await setUp(
      acceptToken(1, () => expiredResponse),
      { start: createSession(1, 31_000) },
    )
    await client.request(ViewerDocument)
    expect(endpoint.count('RefreshSession')).toBe(0)
  })

  it('is renewed only once when the new access token is rejected too', async () => {
    const { client, endpoint } = await setUp(
      acceptToken(9, () => renewalResponse(createSession(2))),
      { start: createSession(1) },
    )
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(endpoint.count('Viewer')).toBe(2)
    expect(endpoint.count('RefreshSession')).toBe(1)
  })

  it.each([
    ['its refresh token has expired', expiredResponse],
    ['its refresh token is rejected', errorResponse('BAD_USER_INPUT')],
  ])('ends when %s, and requests continue without a session', async (_, response) => {
    let signedOut = 0
    const { client, endpoint } = await setUp(
      (request) =>
        request.operation === 'RefreshSession'
          ? response
          : request.token
            ? errorResponse('UNAUTHENTICATED')
            : viewerResponse,
      { start: createSession(1), onSignedOut: () => signedOut++ },
    )
    await Promise.all([client.request(ViewerDocument), client.request(ViewerDocument)])
    expect(await client.getSession()).toBeNull()
    expect(signedOut).toBe(1)
    expect(endpoint.received.at(-1)?.token).toBeUndefined()
  })

  it('ends without a renewal when the client does not have its refresh token', async () => {
    const { client, endpoint } = await setUp(
      acceptToken(2, () => expiredResponse),
      { start: { ...createSession(1), refreshToken: null } },
    )
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(endpoint.count('RefreshSession')).toBe(0)
  })

  it.each([
    ['a service is down', errorResponse('SUBGRAPH_UNAVAILABLE')],
    ['there were too many requests', errorResponse('RATE_LIMITED')],
    ['a proxy responds', { status: 502, body: 'Bad gateway' }],
  ])('stays when it cannot be renewed because %s', async (_, response) => {
    const { client } = await setUp(
      acceptToken(2, () => response),
      { start: createSession(1, -1) },
    )
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ operation: 'RefreshSession' })
    expect((await client.getSession())?.refreshToken).toBe('refresh-1')
  })

  it('is used until its access token expires when it cannot be renewed yet', async () => {
    const { client } = await setUp(
      acceptToken(1, () => errorResponse('SUBGRAPH_UNAVAILABLE')),
      { start: createSession(1, 10_000) },
    )
    expect((await client.request(ViewerDocument)).viewer?.handle).toBe('ada')
  })

  it('is read from the store when another window has renewed it', async () => {
    const store = memorySession(createSession(1))
    const { client, endpoint } = await setUp(
      async (request) => {
        if (request.token === 'access-2') return viewerResponse
        await store.set(createSession(2))
        return errorResponse('UNAUTHENTICATED')
      },
      { session: store },
    )
    expect((await client.request(ViewerDocument)).viewer?.handle).toBe('ada')
    expect(endpoint.count('RefreshSession')).toBe(0)
  })

  it('is renewed for other requests when one of them is aborted', async () => {
    const requested = createGate()
    const released = createGate()
    const { client, endpoint } = await setUp(
      acceptToken(2, async () => {
        requested.open()
        await released.opened
        return renewalResponse(createSession(2))
      }),
      { start: createSession(1, -1) },
    )
    const controller = new AbortController()
    const aborted = client.request(ViewerDocument, {}, { signal: controller.signal })
    const other = client.request(ViewerDocument)
    await requested.opened
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    released.open()
    expect((await other).viewer?.handle).toBe('ada')
    expect(endpoint.count('RefreshSession')).toBe(1)
  })

  it('stays ended when the user signs out during its renewal', async () => {
    const requested = createGate()
    const released = createGate()
    const { client } = await setUp(
      async (request) => {
        if (request.operation === 'SignOut') return { body: { data: { signOut: { userErrors: [] } } } }
        if (request.operation !== 'RefreshSession') return viewerResponse
        requested.open()
        await released.opened
        return renewalResponse(createSession(2))
      },
      { start: createSession(1, -1) },
    )
    const request = client.request(ViewerDocument)
    await requested.opened
    await client.signOut()
    released.open()
    await request
    expect(await client.getSession()).toBeNull()
  })
})

describe('signIn, signUp and signOut', () => {
  const signedIn = (name: string, next: StoredSession | null) => ({
    body: { data: { [name]: { session: next, user: null, userErrors: [] } } },
  })

  it.each(['signIn', 'signUp'] as const)('stores the session after %s', async (name) => {
    const { client } = await setUp(() => signedIn(name, createSession(1)))
    await client[name]({
      email: 'ada@example.org',
      password: 'a long one',
      handle: 'ada',
      displayName: 'Ada',
    })
    expect((await client.getSession())?.accessToken).toBe('access-1')
  })

  it.each([
    ['resetPassword', { token: 't', newPassword: 'a long one' }, undefined],
    [
      'completeIdentitySignIn',
      { flowToken: 't', callbackUrl: 'https://app.example.org/?code=c' },
      'access-1',
    ],
    ['changePassword', { currentPassword: 'a long one', newPassword: 'another one' }, 'access-1'],
  ] as const)('continues with the session of %s', async (name, input, token) => {
    const { client, endpoint } = await setUp(() => signedIn(name, createSession(2)), {
      start: createSession(1),
    })
    await (client[name] as (given: object) => Promise<unknown>)(input)
    expect((await client.getSession())?.accessToken).toBe('access-2')
    expect(endpoint.received).toMatchObject([{ variables: { input }, token }])
  })

  it('keeps the stored session when a sign-in is rejected', async () => {
    const { client } = await setUp(() => signedIn('signIn', null), { start: createSession(1) })
    await client.signIn({ email: 'ada@example.org', password: 'wrong' })
    expect((await client.getSession())?.accessToken).toBe('access-1')
  })

  it('removes the stored session and ends it at the endpoint', async () => {
    const { client, endpoint } = await setUp(() => ({ body: { data: { signOut: { userErrors: [] } } } }), {
      start: createSession(1),
    })
    await client.signOut({ everywhere: true })
    expect(await client.getSession()).toBeNull()
    expect(endpoint.received[0]?.variables).toEqual({
      input: { refreshToken: 'refresh-1', everywhere: true },
    })
  })

  it('sends the stored device token with the next sign-in, across sign-outs and renewals', async () => {
    const { client, endpoint } = await setUp((request) => {
      switch (request.operation) {
        case 'SignUp':
          return signedIn('signUp', { ...createSession(1, -1), deviceToken: 'device-1' })
        case 'SignIn':
          return signedIn('signIn', { ...createSession(3), deviceToken: 'device-2' })
        case 'RefreshSession':
          return renewalResponse({ ...createSession(2), deviceToken: null })
        case 'SignOut':
          return { body: { data: { signOut: { userErrors: [] } } } }
        default:
          return viewerResponse
      }
    })
    const input = { email: 'ada@example.org', password: 'a long one' }
    await client.signUp({ ...input, handle: 'ada', displayName: 'Ada' })
    await client.request(ViewerDocument)
    for (const _ of [1, 2]) {
      await client.signOut()
      await client.signIn(input)
    }
    await client.signIn({ ...input, deviceToken: 'another' })
    const sent = endpoint.received.filter(({ operation }) => operation === 'SignIn')
    expect(sent.map(({ variables }) => variables['input'])).toEqual(
      ['device-1', 'device-2', 'another'].map((deviceToken) => ({ ...input, deviceToken })),
    )
  })

  it('stores a session of another operation with setSession', async () => {
    const { client } = await setUp(() => viewerResponse)
    await client.setSession(createSession(3))
    expect((await client.getSession())?.accessToken).toBe('access-3')
  })
})

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
          ...createSession(++count, count === 1 ? 10_000 : undefined),
          refreshToken: null,
        })
      },
      { cookies: true, fetch: fetchWithCookie },
    )
    await Promise.all([client.request(ViewerDocument), client.request(ViewerDocument)])
    await client.request(ViewerDocument)
    const renewals = endpoint.received.filter(({ operation }) => operation === 'RefreshSession')
    expect(renewals.map(({ variables }) => variables)).toEqual([{ input: {} }, { input: {} }])
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
  const page = { document: {} }
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
  const aboutToExpire = createSession(1, 5_000)

  it('uses a session that is about to expire without renewing it', async () => {
    const endpoint = await startFakeEndpoint(() => viewerResponse)
    closeAll.push(endpoint.close)
    const { get } = createCookies(aboutToExpire)
    await createServerClient({ url: endpoint.url, cookies: { get }, renew: false }).request(ViewerDocument)
    expect(endpoint.received).toMatchObject([{ operation: 'Viewer', token: 'access-1' }])
  })

  it.each([
    ['has expired', createSession(1, -1)],
    ['is rejected', createSession(1)],
  ])('renders without a session that %s, and keeps its cookies', async (_, session) => {
    const endpoint = await startFakeEndpoint(({ token }) =>
      token ? errorResponse('UNAUTHENTICATED') : viewerResponse,
    )
    closeAll.push(endpoint.close)
    const cookies = createCookies(session)
    const before = cookies.get('agora.session')
    const client = createServerClient({ url: endpoint.url, cookies })
    expect((await client.request(ViewerDocument)).viewer).toBeDefined()
    expect(endpoint.count('RefreshSession')).toBe(0)
    expect(cookies.get('agora.session')).toBe(before)
  })

  it('renews the session in middleware, and returns the cookies to set', async () => {
    const endpoint = await startFakeEndpoint(() => renewalResponse(createSession(2)))
    closeAll.push(endpoint.close)
    const cookies = createCookies(aboutToExpire)
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
    const endpoint = await startFakeEndpoint(() => response)
    closeAll.push(endpoint.close)
    const changed = await renewSession({ url: endpoint.url, cookies: createCookies(createSession(1, -1)) })
    expect(changed.map(({ value }) => value)).toEqual(values)
  })
})

describe('storedSession', () => {
  const createStorage = () => {
    const items = new Map<string, string>()
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    }
  }

  it('stores and removes a session', async () => {
    const storage = createStorage()
    const session = createSession(1)
    await storedSession(storage).set(session)
    expect(await storedSession(storage).get()).toEqual(session)
    await storedSession(storage).set(null)
    expect(await storedSession(storage).get()).toBeNull()
  })

  it('keeps the device token when the session is removed', async () => {
    const storage = createStorage()
    await storedSession(storage).setDeviceToken?.('device-1')
    await storedSession(storage).set(null)
    expect(await storedSession(storage).getDeviceToken?.()).toBe('device-1')
  })

  it.each(['', 'null', '{', '[]', '{"accessToken":1}', '"text"'])(
    'returns null for the stored text %j',
    async (text) => {
      const storage = createStorage()
      storage.setItem('agora.session', text)
      expect(await storedSession(storage).get()).toBeNull()
    },
  )
})
