import {
  FeedDocument,
  GraphQLRequestError,
  memorySession,
  storedSession,
  ViewerDocument,
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
import type { EndpointResponse, ReceivedRequest } from '../support/fakeEndpoint'

const { setUp } = useFakeEndpoints()

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

  it('throws the error of fetch without a response', async () => {
    const { client, endpoint } = await setUp(() => viewerResponse)
    await endpoint.close()
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
      { start: createSession(1, 25_000) },
    )
    await Promise.all(Array.from({ length: 50 }, () => client.request(ViewerDocument)))
    expect(endpoint.count('RefreshSession')).toBe(1)
    expect(endpoint.count('Viewer')).toBe(50)
    expect(endpoint.received[0]?.variables).toEqual({ input: { refreshToken: 'refresh-1' } })
  })

  it('is not renewed while its access token is valid', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now())
    const { client, endpoint } = await setUp(
      acceptToken(1, () => expiredResponse),
      { start: createSession(1, 30_001) },
    )
    await client.request(ViewerDocument)
    clock.mockRestore()
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
      { start: createSession(1, 25_000) },
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
