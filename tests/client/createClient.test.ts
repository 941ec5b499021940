import {
  createClient,
  FeedDocument,
  GraphQLRequestError,
  memorySession,
  storedSession,
  ViewerDocument,
  type ClientOptions,
  type StoredSession,
} from '../../client/src'
import { startFakeEndpoint, type EndpointResponse, type ReceivedRequest } from '../support/fakeEndpoint'

const minutes = 60_000
const session = (n: number, livesFor = 15 * minutes): StoredSession => ({
  accessToken: `access-${n}`,
  accessTokenExpiresAt: new Date(Date.now() + livesFor).toISOString(),
  refreshToken: `refresh-${n}`,
  refreshTokenExpiresAt: new Date(Date.now() + 1000 * minutes).toISOString(),
})
const problem = (code: string, data: unknown = null): EndpointResponse => ({
  body: { data, errors: [{ message: `It is ${code}.`, path: ['viewer'], extensions: { code } }] },
})
const viewer: EndpointResponse = {
  body: {
    data: { viewer: { id: 'usr_1', handle: 'ada', displayName: 'Ada', avatarUrl: null, role: 'MEMBER' } },
  },
}
const renewed = (next: StoredSession): EndpointResponse => ({
  body: { data: { refreshSession: { session: next, userErrors: [] } } },
})
const expired: EndpointResponse = {
  body: {
    data: { refreshSession: { session: null, userErrors: [{ code: 'EXPIRED', message: 'x', field: null }] } },
  },
}

/** A promise and what settles it, to hold a request until the test has seen what it waits for. */
function gate() {
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
  answer: (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>,
  options: Partial<ClientOptions> & { start?: StoredSession } = {},
) {
  const endpoint = await startFakeEndpoint(answer)
  closeAll.push(endpoint.close)
  const { start, ...rest } = options
  return {
    endpoint,
    client: createClient({ url: endpoint.url, session: memorySession(start ?? null), ...rest }),
  }
}

/** Knows one access token as good, and exchanges refresh tokens for the next session. */
function tokens(
  good: number,
  next: (request: ReceivedRequest) => EndpointResponse | Promise<EndpointResponse>,
) {
  return (request: ReceivedRequest) => {
    if (request.operation === 'RefreshSession') return next(request)
    return request.token === `access-${good}` ? viewer : problem('UNAUTHENTICATED')
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

  it('carries the session', async () => {
    const { client, endpoint } = await setUp(() => viewer, { start: session(1) })
    await client.request(ViewerDocument)
    expect(endpoint.received[0]?.token).toBe('access-1')
  })

  it('throws the errors together with the data that there is', async () => {
    const { client } = await setUp(() => problem('SUBGRAPH_UNAVAILABLE', { viewer: null }))
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

  it.each([
    ['a page of a proxy', { status: 502, body: '<html>Bad gateway</html>' }],
    ['JSON that is no answer', { status: 404, body: '"not found"' }],
    ['no body', { status: 500, body: '' }],
  ])('throws the status when the answer is %s', async (_, answer) => {
    const { client } = await setUp(() => answer)
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({
      name: 'GraphQLRequestError',
      status: answer.status,
      errors: [],
      data: null,
    })
  })

  it('throws what fetch throws when nobody answers', async () => {
    const { client, endpoint } = await setUp(() => viewer)
    await endpoint.close()
    closeAll = []
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ name: 'TypeError' })
  })

  it('ends when its signal is aborted', async () => {
    const arrived = gate()
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
  it('is renewed once for 50 requests that are refused at the same time', async () => {
    const all = gate()
    let refused = 0
    const { client, endpoint } = await setUp(
      async (request) => {
        if (request.operation === 'RefreshSession') return renewed(session(2))
        if (request.token === 'access-2') return viewer
        if (++refused === 50) all.open()
        await all.opened
        return problem('UNAUTHENTICATED')
      },
      { start: session(1) },
    )
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.request(ViewerDocument)))
    expect(answers.every(({ viewer: who }) => who?.handle === 'ada')).toBe(true)
    expect(endpoint.count('RefreshSession')).toBe(1)
    expect(endpoint.count('Viewer')).toBe(100)
    expect((await client.session())?.accessToken).toBe('access-2')
  })

  it('is renewed once, before they are sent, for 50 requests with a token that is about to expire', async () => {
    const { client, endpoint } = await setUp(
      tokens(2, () => renewed(session(2))),
      { start: session(1, 10_000) },
    )
    await Promise.all(Array.from({ length: 50 }, () => client.request(ViewerDocument)))
    expect(endpoint.count('RefreshSession')).toBe(1)
    expect(endpoint.count('Viewer')).toBe(50)
    expect(endpoint.received[0]?.variables).toEqual({ input: { refreshToken: 'refresh-1' } })
  })

  it('is used as it is while its token is good', async () => {
    const { client, endpoint } = await setUp(
      tokens(1, () => expired),
      { start: session(1, 31_000) },
    )
    await client.request(ViewerDocument)
    expect(endpoint.count('RefreshSession')).toBe(0)
  })

  it('is tried once more only, when the new token is refused too', async () => {
    const { client, endpoint } = await setUp(
      tokens(9, () => renewed(session(2))),
      { start: session(1) },
    )
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(endpoint.count('Viewer')).toBe(2)
    expect(endpoint.count('RefreshSession')).toBe(1)
  })

  it.each([
    ['its refresh token is no longer good', expired],
    ['its refresh token is refused', problem('BAD_USER_INPUT')],
  ])('ends when %s, and requests go on without one', async (_, answer) => {
    let signedOut = 0
    const { client, endpoint } = await setUp(
      (request) =>
        request.operation === 'RefreshSession' ? answer : request.token ? problem('UNAUTHENTICATED') : viewer,
      { start: session(1), onSignedOut: () => signedOut++ },
    )
    await Promise.all([client.request(ViewerDocument), client.request(ViewerDocument)])
    expect(await client.session()).toBeNull()
    expect(signedOut).toBe(1)
    expect(endpoint.received.at(-1)?.token).toBeUndefined()
  })

  it('ends without an exchange when its refresh token is not ours to send', async () => {
    const { client, endpoint } = await setUp(
      tokens(2, () => expired),
      { start: { ...session(1), refreshToken: null } },
    )
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(endpoint.count('RefreshSession')).toBe(0)
  })

  it.each([
    ['a service is down', problem('SUBGRAPH_UNAVAILABLE')],
    ['there were too many requests', problem('RATE_LIMITED')],
    ['a proxy answers', { status: 502, body: 'Bad gateway' }],
  ])('stays when it cannot be renewed because %s', async (_, answer) => {
    const { client } = await setUp(
      tokens(2, () => answer),
      { start: session(1, -1) },
    )
    await expect(client.request(ViewerDocument)).rejects.toMatchObject({ operation: 'RefreshSession' })
    expect((await client.session())?.refreshToken).toBe('refresh-1')
  })

  it('is used to its end when it cannot be renewed yet', async () => {
    const { client } = await setUp(
      tokens(1, () => problem('SUBGRAPH_UNAVAILABLE')),
      { start: session(1, 10_000) },
    )
    expect((await client.request(ViewerDocument)).viewer?.handle).toBe('ada')
  })

  it('is taken from the store when another window has renewed it', async () => {
    const store = memorySession(session(1))
    const { client, endpoint } = await setUp(
      async (request) => {
        if (request.token === 'access-2') return viewer
        await store.set(session(2))
        return problem('UNAUTHENTICATED')
      },
      { session: store },
    )
    expect((await client.request(ViewerDocument)).viewer?.handle).toBe('ada')
    expect(endpoint.count('RefreshSession')).toBe(0)
  })

  it('is renewed for the others when one of them is aborted', async () => {
    const asked = gate()
    const go = gate()
    const { client, endpoint } = await setUp(
      tokens(2, async () => {
        asked.open()
        await go.opened
        return renewed(session(2))
      }),
      { start: session(1, -1) },
    )
    const controller = new AbortController()
    const impatient = client.request(ViewerDocument, {}, { signal: controller.signal })
    const patient = client.request(ViewerDocument)
    await asked.opened
    controller.abort()
    await expect(impatient).rejects.toMatchObject({ name: 'AbortError' })
    go.open()
    expect((await patient).viewer?.handle).toBe('ada')
    expect(endpoint.count('RefreshSession')).toBe(1)
  })

  it('does not come back when its owner signs out while it is renewed', async () => {
    const asked = gate()
    const go = gate()
    const { client } = await setUp(
      async (request) => {
        if (request.operation === 'SignOut') return { body: { data: { signOut: { userErrors: [] } } } }
        if (request.operation !== 'RefreshSession') return viewer
        asked.open()
        await go.opened
        return renewed(session(2))
      },
      { start: session(1, -1) },
    )
    const request = client.request(ViewerDocument)
    await asked.opened
    await client.signOut()
    go.open()
    await request
    expect(await client.session()).toBeNull()
  })
})

describe('signing in and out', () => {
  const signedIn = (name: string, next: StoredSession | null) => ({
    body: { data: { [name]: { session: next, user: null, userErrors: [] } } },
  })

  it.each(['signIn', 'signUp'] as const)('%s keeps the session', async (name) => {
    const { client } = await setUp(() => signedIn(name, session(1)))
    await client[name]({
      email: 'ada@example.org',
      password: 'a long one',
      handle: 'ada',
      displayName: 'Ada',
    })
    expect((await client.session())?.accessToken).toBe('access-1')
  })

  it('keeps what was there when signing in is refused', async () => {
    const { client } = await setUp(() => signedIn('signIn', null), { start: session(1) })
    await client.signIn({ email: 'ada@example.org', password: 'wrong' })
    expect((await client.session())?.accessToken).toBe('access-1')
  })

  it('forgets the session and ends it at the endpoint', async () => {
    const { client, endpoint } = await setUp(() => ({ body: { data: { signOut: { userErrors: [] } } } }), {
      start: session(1),
    })
    await client.signOut({ everywhere: true })
    expect(await client.session()).toBeNull()
    expect(endpoint.received[0]?.variables).toEqual({
      input: { refreshToken: 'refresh-1', everywhere: true },
    })
  })

  it('sends the device token of an earlier session with the next sign-in, across sign-outs and renewals', async () => {
    const { client, endpoint } = await setUp((request) => {
      switch (request.operation) {
        case 'SignUp':
          return signedIn('signUp', { ...session(1, -1), deviceToken: 'device-1' })
        case 'SignIn':
          return signedIn('signIn', { ...session(3), deviceToken: 'device-2' })
        case 'RefreshSession':
          return renewed({ ...session(2), deviceToken: null })
        case 'SignOut':
          return { body: { data: { signOut: { userErrors: [] } } } }
        default:
          return viewer
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

  it('keeps a session that came otherwise', async () => {
    const { client } = await setUp(() => viewer)
    await client.keepSession(session(3))
    expect((await client.session())?.accessToken).toBe('access-3')
  })
})

describe('storedSession', () => {
  const storage = () => {
    const items = new Map<string, string>()
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
      removeItem: (key: string) => void items.delete(key),
    }
  }

  it('keeps a session as text and forgets it', async () => {
    const text = storage()
    const kept = session(1)
    await storedSession(text).set(kept)
    expect(await storedSession(text).get()).toEqual(kept)
    await storedSession(text).set(null)
    expect(await storedSession(text).get()).toBeNull()
  })

  it('keeps the device token when the session is forgotten', async () => {
    const text = storage()
    await storedSession(text).setDeviceToken?.('device-1')
    await storedSession(text).set(null)
    expect(await storedSession(text).getDeviceToken?.()).toBe('device-1')
  })

  it.each(['', 'null', '{', '[]', '{"accessToken":1}', '"text"'])('takes %j for no session', async (text) => {
    const broken = storage()
    broken.setItem('agora.session', text)
    expect(await storedSession(broken).get()).toBeNull()
  })
})
