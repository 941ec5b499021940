import jwt from 'jsonwebtoken'
import { createHmac, type KeyObject } from 'node:crypto'

import {
  createRemoteKeySet,
  KeysUnavailableError,
  type RemoteKeySet,
  type RemoteKeySetOptions,
} from '../../../../packages/auth/remoteKeySet'
import { ConfigError } from '../../../../packages/platform/config/environment'
import { createLog } from '../../../../packages/platform/log'
import { requestTimeoutHeader } from '../../../../packages/platform/request/requestScope'
import { createViewerVerifier, viewerHeader } from '../../../../packages/auth/viewerToken'
import { waitUntil } from '../../../support/processes'
import {
  environmentFor,
  createTestKey,
  routerSecret,
  signToken,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../support/federation-router/tokenIssuer'
import { startRouter, startShop, type RunningShop } from '../../../support/federation-router/testRouter'

const log = createLog('test', 'silent')
const readViewer = createViewerVerifier(routerSecret)

const current = createTestKey('current')
const next = createTestKey('next')
const stranger = createTestKey('current')

const claims = { sub: 'usr_1', role: 'MEMBER', sid: 'ses_1' }
const signed = (overrides: {
  key?: { kid: string; privateKey: KeyObject }
  payload?: object
  options?: jwt.SignOptions
  typ?: string
}) => {
  const { key = current, payload = claims, options = {}, typ = 'at+jwt' } = overrides
  return signToken(key, payload, { ...options, typ })
}

let publisher: TokenIssuer
let shop: RunningShop
beforeAll(async () => {
  publisher = await startTokenIssuer([{ kty: 'RSA', kid: 'other', n: 'x', e: 'AQAB' }, current.jwk])
  shop = await startShop({ ROUTER_SECRET: routerSecret, JWKS_URL: publisher.url })
})
afterAll(async () => {
  await shop.close()
  await publisher.close()
})

const sendRequest = (authorization?: string, headers: Record<string, string> = {}) =>
  shop.router.send('{ books { nodes { id } } }', {
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
  })
const lastSeen = () => shop.subgraphs.books.requests.at(-1)?.headers ?? {}
const seenViewer = () => readViewer(String(lastSeen()[viewerHeader]))

it('passes the viewer to subgraphs in a signed token', async () => {
  const { errors, data } = await sendRequest(`Bearer ${signed({})}`)
  expect({ errors, data }).toEqual({
    errors: undefined,
    data: { books: { nodes: [{ id: 'b1' }, { id: 'b2' }] } },
  })
  expect(seenViewer()).toEqual({
    viewer: { kind: 'signedIn', id: 'usr_1', role: 'MEMBER', sessionId: 'ses_1' },
    address: '127.0.0.1',
  })
})

it('fetches the keys once', async () => {
  const before = publisher.keyRequestCount
  await Promise.all(
    [1, 2, 3].map((sub) => sendRequest(`Bearer ${signed({ payload: { ...claims, sub: `usr_${sub}` } })}`)),
  )
  expect(publisher.keyRequestCount - before).toBe(0)
})

it('passes the address of each request when a token is used from several', async () => {
  const behind = await startShop({ ROUTER_SECRET: routerSecret, JWKS_URL: publisher.url, TRUST_PROXY: '1' })
  const headers = { authorization: `Bearer ${signed({})}` }
  for (const address of ['192.0.2.7', '192.0.2.8', '192.0.2.7']) {
    for (const given of [headers, {}]) {
      await behind.router.send('{ books { nodes { id } } }', {
        headers: { ...given, 'x-forwarded-for': address },
      })
      const seen = behind.subgraphs.books.requests.at(-1)?.headers[viewerHeader]
      const kind = given === headers ? 'signedIn' : 'anonymous'
      expect(readViewer(String(seen))).toMatchObject({ viewer: { kind }, address })
    }
  }
  await behind.close()
})

it('passes the anonymous viewer to subgraphs in a signed token', async () => {
  await sendRequest()
  expect(seenViewer()).toEqual({ viewer: { kind: 'anonymous' }, address: '127.0.0.1' })
})

it('sends no header of the client to a subgraph', async () => {
  await sendRequest(undefined, {
    [viewerHeader]: 'forged',
    cookie: 'a=b',
    'x-forwarded-for': '192.0.2.7',
    'x-other': 'x',
  })
  expect(Object.keys(lastSeen()).sort()).toEqual(
    [
      'accept',
      'connection',
      'content-length',
      'content-type',
      'host',
      'x-request-id',
      viewerHeader,
      requestTimeoutHeader,
    ].sort(),
  )
  expect(seenViewer()).toEqual({ viewer: { kind: 'anonymous' }, address: '127.0.0.1' })
  await sendRequest(`bearer ${signed({})}`)
  expect(lastSeen()).not.toHaveProperty('authorization')
})

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const publicPem = String(current.publicKey.export({ format: 'pem', type: 'spki' }))
const now = Math.floor(Date.now() / 1000)
const unsigned = encode({ ...claims, iss: 'agora', aud: 'agora', iat: now, exp: now + 900 })
// Signed by hand: jsonwebtoken refuses a public key as the secret.
const confused = (): string => {
  const content = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'current' })}.${unsigned}`
  return `${content}.${createHmac('sha256', publicPem).update(content).digest('base64url')}`
}

const bad: [what: string, authorization: () => string][] = [
  ['another scheme', () => 'Basic dXNlcjpwYXNz'],
  ['no token', () => 'Bearer '],
  ['two tokens', () => `Bearer ${signed({})} ${signed({})}`],
  ['no JWT', () => 'Bearer null'],
  [
    'the algorithm none',
    () => `Bearer ${encode({ alg: 'none', typ: 'at+jwt', kid: 'current' })}.${unsigned}.`,
  ],
  ['HMAC under the public key', () => `Bearer ${confused()}`],
  [
    'HMAC under the secret',
    () =>
      `Bearer ${jwt.sign(claims, publicPem.slice(0, 40), { header: { alg: 'HS256', kid: 'current', typ: 'at+jwt' } })}`,
  ],
  ['another key under the same kid', () => `Bearer ${signed({ key: stranger })}`],
  ['an unknown kid', () => `Bearer ${signed({ key: createTestKey('unheard of') })}`],
  ['the kid of a key of another kind', () => `Bearer ${signed({ key: { ...current, kid: 'other' } })}`],
  ['another issuer', () => `Bearer ${signed({ options: { issuer: 'elsewhere' } })}`],
  ['another audience', () => `Bearer ${signed({ options: { audience: 'elsewhere' } })}`],
  ['a token of another type', () => `Bearer ${signed({ typ: 'JWT' })}`],
  ['an expired token', () => `Bearer ${signed({ options: { expiresIn: -60 } })}`],
  [
    'a token that never expires',
    () =>
      `Bearer ${jwt.sign(claims, current.privateKey, { algorithm: 'ES256', issuer: 'agora', audience: 'agora', header: { alg: 'ES256', kid: 'current', typ: 'at+jwt' } })}`,
  ],
  ['a token for more than 15 minutes', () => `Bearer ${signed({ options: { expiresIn: 901 } })}`],
  [
    'a token of the future',
    () => `Bearer ${signed({ payload: { ...claims, iat: now + 60, exp: now + 120 } })}`,
  ],
  ['a token that is not valid yet', () => `Bearer ${signed({ options: { notBefore: 60 } })}`],
  [
    'critical extensions, which it does not know',
    () => `Bearer ${signed({ options: { header: { alg: 'ES256', crit: ['b64'] } } })}`,
  ],
  ['a made-up role', () => `Bearer ${signed({ payload: { ...claims, role: 'ROOT' } })}`],
  ['a changed payload', () => `Bearer ${signed({}).replace(/\.[^.]+\./, `.${unsigned}.`)}`],
]

it.each(bad)('refuses %s, and does not treat it as anonymous', async (_what, authorization) => {
  const before = shop.subgraphs.books.requests.length
  const { status, errors, data, headers } = await sendRequest(authorization())
  expect({ status, data }).toEqual({ status: 401, data: undefined })
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAUTHENTICATED' }])
  expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  expect(shop.subgraphs.books.requests.length).toBe(before)
})

it('responds with 503 until the keys have been fetched', async () => {
  const stoppedIssuer = await startTokenIssuer([])
  await stoppedIssuer.close()
  const router = await startRouter({ ROUTER_SECRET: routerSecret, JWKS_URL: stoppedIssuer.url })
  const headers = { authorization: `Bearer ${signed({})}` }
  const refused = await router.send('{ __typename }', { headers })
  expect({ status: refused.status, code: refused.errors?.[0]?.extensions }).toEqual({
    status: 503,
    code: { code: 'UNAUTHENTICATED' },
  })
  expect((await router.send('{ __typename }')).status).toBe(200)
  await router.close()
})

it('tolerates clocks that differ by up to 30 s', async () => {
  const seconds = Math.floor(Date.now() / 1000)
  for (const [iat, exp] of [
    [seconds + 20, seconds + 900],
    [seconds - 900, seconds - 10],
  ])
    expect(await sendRequest(`Bearer ${signed({ payload: { ...claims, iat, exp } })}`)).toMatchObject({
      status: 200,
    })
})

describe('the keys', () => {
  const opened: RemoteKeySet[] = []
  const withdrawals: unknown[] = []
  const open = (url: string, options: Partial<RemoteKeySetOptions> = {}) => {
    const onWithdrawn = () => withdrawals.push('withdrawn')
    const keys = createRemoteKeySet({
      url,
      log,
      onWithdrawn,
      refreshIntervalMs: 60_000,
      minRefetchGapMs: 0,
      ...options,
    })
    opened.push(keys)
    return keys
  }
  afterEach(async () => {
    for (const keys of opened.splice(0)) await keys.close()
    withdrawals.length = 0
  })

  it('are fetched again for an unknown key, with one fetch for all waiting requests', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url)
    expect(await keys.findKey('current')).toBeDefined()
    own.keys = [current.jwk, next.jwk]
    const kids = ['next', 'next', 'made up', ...Array.from({ length: 100 }, (_, index) => `made up ${index}`)]
    const found = await Promise.all(kids.map((kid) => keys.findKey(kid)))
    expect(found.slice(0, 3).map((key) => key !== undefined)).toEqual([true, true, false])
    expect(own.keyRequestCount).toBe(2)
    await own.close()
  })

  it('are awaited when a key has just been published', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url, { minRefetchGapMs: 200 })
    expect(await keys.findKey('made up')).toBeUndefined()
    own.keys = [next.jwk]
    expect(await keys.findKey('next')).toBeDefined()
    await own.close()
  })

  it('are fetched again for a key that was published during a fetch', async () => {
    const own = await startTokenIssuer([current.jwk])
    let release = () => {}
    own.heldUntil = new Promise((resolve) => (release = resolve))
    const keys = open(own.url)
    await waitUntil('the first fetch has arrived', () => own.keyRequestCount === 1)
    own.keys = [current.jwk, next.jwk]
    const found = keys.findKey('next')
    release()
    expect(await found).toBeDefined()
    await own.close()
  })

  it('are merged from all processes of the publisher', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url, { refreshIntervalMs: 20 })
    const first = await keys.findKey('current')
    own.keys = [next.jwk]
    expect(await keys.findKey('next')).toBeDefined()
    own.keys = [current.jwk]
    const earlierRequests = own.keyRequestCount
    await waitUntil('several refreshes', () => own.keyRequestCount > earlierRequests + 4)
    expect(await keys.findKey('current')).toBe(first)
    expect(first?.isTrusted).toBe(true)
    await own.close()
  })

  it('are withdrawn when consecutive refreshes lack them', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url, { refreshIntervalMs: 20 })
    const key = await keys.findKey('current')
    own.keys = [next.jwk]
    const earlierRequests = own.keyRequestCount
    await waitUntil('the key is withdrawn', () => withdrawals.length > 0)
    expect(own.keyRequestCount - earlierRequests).toBeGreaterThanOrEqual(8)
    expect(key?.isTrusted).toBe(false)
    expect(await keys.findKey('current')).toBeUndefined()
    await own.close()
  })

  it('are not withdrawn earlier because of invented key IDs', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url)
    await keys.findKey('current')
    own.keys = [next.jwk]
    for (let index = 0; index < 20; index++) await keys.findKey(`made up ${index}`)
    expect(own.keyRequestCount).toBeGreaterThan(10)
    expect(await keys.findKey('current')).toBeDefined()
    await own.close()
  })

  it('are withdrawn at once when another key has their ID', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url)
    const key = await keys.findKey('current')
    own.keys = [stranger.jwk]
    await keys.findKey('made up')
    expect(key?.isTrusted).toBe(false)
    expect((await keys.findKey('current'))?.key.equals(stranger.publicKey)).toBe(true)
    await own.close()
  })

  it('stay trusted while their publisher is down, and unknown keys get 503', async () => {
    const own = await startTokenIssuer([current.jwk])
    const keys = open(own.url, { refreshIntervalMs: 10 })
    await keys.findKey('current')
    await own.close()
    for (let count = 0; count < 10; count++)
      await expect(keys.findKey('next')).rejects.toThrow(KeysUnavailableError)
    expect((await keys.findKey('current'))?.isTrusted).toBe(true)
  })

  it('are fetched again after a failure', async () => {
    const own = await startTokenIssuer([current.jwk])
    await own.close()
    const keys = open(own.url)
    await expect(keys.findKey('current')).rejects.toThrow(KeysUnavailableError)
    const again = await startTokenIssuer([current.jwk], own.port)
    expect(await keys.findKey('current')).toBeDefined()
    await again.close()
  })
})

describe('revocations', () => {
  let own: TokenIssuer
  let shop: RunningShop
  let sessions = 0
  beforeAll(async () => {
    own = await startTokenIssuer([current.jwk])
    shop = await startShop(environmentFor(own))
  })
  beforeEach(() => waitUntil('the stream is open', () => own.streams.size === 1))
  afterEach(() => {
    own.mode = 'current'
  })
  afterAll(async () => {
    await shop.close()
    await own.close()
  })

  const bearer = (payload: object = {}) => {
    const sid = `ses_${++sessions}`
    return `Bearer ${signed({ payload: { sub: `usr_${sid}`, role: 'MEMBER', sid, ...payload } })}`
  }
  const readStatus = async (authorization: string) => {
    const { status, errors } = await shop.router.send('{ books { nodes { id } } }', {
      headers: { authorization },
    })
    return errors ? `${status} ${String(errors[0]?.extensions['code'])}` : String(status)
  }
  const becomes = (expected: string, authorization: string) =>
    waitUntil(`the status is ${expected}`, async () => (await readStatus(authorization)) === expected)

  it('revoke the tokens of a session, including cached ones, as if they had expired', async () => {
    const ended = bearer({ sid: 'ended' })
    const other = bearer({ sid: 'other' })
    expect([await readStatus(ended), await readStatus(other)]).toEqual(['200', '200'])
    own.revoke({ sid: 'ended' })
    await becomes('401 UNAUTHENTICATED', ended)
    expect(await readStatus(bearer({ sid: 'ended', ver: 7 }))).toBe('401 UNAUTHENTICATED')
    expect(await readStatus(other)).toBe('200')
  })

  it('revoke the earlier tokens of a user, but not later ones', async () => {
    const before = bearer({ sub: 'usr_x' })
    const alsoBefore = bearer({ sub: 'usr_x', ver: 1 })
    const after = bearer({ sub: 'usr_x', ver: 2 })
    expect([await readStatus(before), await readStatus(alsoBefore), await readStatus(after)]).toEqual([
      '200',
      '200',
      '200',
    ])
    own.revoke({ sub: 'usr_x', ver: 2 }, { sub: 'usr_x', ver: 1 })
    await becomes('401 UNAUTHENTICATED', before)
    expect(await readStatus(alsoBefore)).toBe('401 UNAUTHENTICATED')
    expect(await readStatus(after)).toBe('200')
    expect(await readStatus(bearer({ sub: 'usr_y' }))).toBe('200')
  })

  it('only cause roles above MEMBER to be refused while the stream is silent', async () => {
    const [member, moderator, admin] = [bearer(), bearer({ role: 'MODERATOR' }), bearer({ role: 'ADMIN' })]
    for (const each of [member, moderator, admin]) expect(await readStatus(each)).toBe('200')
    own.mode = 'silent'
    await becomes('503 SUBGRAPH_UNAVAILABLE', moderator)
    expect(await readStatus(admin)).toBe('503 SUBGRAPH_UNAVAILABLE')
    expect(await readStatus(bearer({ role: 'ADMIN' }))).toBe('503 SUBGRAPH_UNAVAILABLE')
    expect(await readStatus(member)).toBe('200')
    const { errors } = await shop.router.send('{ __typename }', { headers: { authorization: admin } })
    expect(errors).toEqual([
      { message: expect.any(String), extensions: { code: 'SUBGRAPH_UNAVAILABLE', service: 'users' } },
    ])
    own.mode = 'current'
    await becomes('200', moderator)
    expect(await readStatus(admin)).toBe('200')
  })

  it('made while the stream was interrupted are applied before privileged roles are accepted again', async () => {
    const demoted = bearer({ sub: 'usr_demoted', role: 'ADMIN' })
    const moderator = bearer({ role: 'MODERATOR' })
    expect([await readStatus(demoted), await readStatus(moderator)]).toEqual(['200', '200'])
    own.mode = 'none'
    own.disconnectStreams()
    await becomes('503 SUBGRAPH_UNAVAILABLE', demoted)
    own.revoke({ sub: 'usr_demoted', ver: 1 })
    own.mode = 'current'
    await becomes('200', moderator)
    expect(await readStatus(demoted)).toBe('401 UNAUTHENTICATED')
  })

  it('are logged as missing when the issuer serves none, and roles above MEMBER are refused', async () => {
    const issuer = await startTokenIssuer([current.jwk])
    issuer.mode = 'none'
    const router = await startRouter(environmentFor(issuer))
    const send = (authorization: string) => router.send('{ __typename }', { headers: { authorization } })
    expect((await send(bearer())).status).toBe(200)
    expect((await send(bearer({ role: 'ADMIN' }))).errors).toMatchObject([
      { extensions: { code: 'SUBGRAPH_UNAVAILABLE' } },
    ])
    expect(router.logged).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('role above MEMBER are refused') }),
    )
    await router.close()
    await issuer.close()
  })

  it('refuse at once the tokens of a key that was withdrawn', async () => {
    const rotating = await startTokenIssuer([current.jwk])
    const router = await startRouter(environmentFor(rotating))
    const authorization = bearer()
    const headers = { authorization }
    expect((await router.send('{ __typename }', { headers })).status).toBe(200)
    // Another key with the same ID.
    rotating.keys = [stranger.jwk]
    const unknown = `Bearer ${signed({ key: createTestKey('unheard of') })}`
    expect((await router.send('{ __typename }', { headers: { authorization: unknown } })).status).toBe(401)
    expect((await router.send('{ __typename }', { headers })).status).toBe(401)
    await router.close()
    await rotating.close()
  })
})

describe('without identity', () => {
  it.each([
    ['JWKS_URL', { ROUTER_SECRET: routerSecret }],
    ['ROUTER_SECRET', { JWKS_URL: 'http://127.0.0.1:9/jwks.json' }],
  ])('reports a partial configuration: %s', async (missing, environment) => {
    const start = startRouter(environment)
    await expect(start).rejects.toThrow(ConfigError)
    await expect(start).rejects.toThrow(`${missing}: is not set`)
  })

  it('logs a warning, ignores tokens, and sends subgraphs no viewer', async () => {
    const open = await startShop()
    expect(open.router.logged).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('without identity') }),
    )
    const { status } = await open.router.send('{ books { nodes { id } } }', {
      headers: { authorization: 'Bearer nonsense' },
    })
    expect(status).toBe(200)
    expect(open.subgraphs.books.requests[0]?.headers).not.toHaveProperty(viewerHeader)
    await open.close()
  })
})
