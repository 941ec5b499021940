import jwt from 'jsonwebtoken'
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'

import { createKeySet, KeysUnavailable } from '../../router/identity/keySet'
import { ConfigError } from '../../subgraphs/shared/env'
import { sendJson, startHttpServer, type RunningServer } from '../../subgraphs/shared/http'
import { createLog } from '../../subgraphs/shared/log'
import { requestTimeoutHeader } from '../../subgraphs/shared/requestScope'
import { createViewerVerifier, viewerHeader } from '../../subgraphs/shared/viewerToken'
import { startRouter, startShop, type RunningShop } from './support/router'

const log = createLog('test', 'silent')
const routerSecret = 'a secret of the tests, long enough'
const readViewer = createViewerVerifier(routerSecret)

const makeKey = (kid: string) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
  }
}
const current = makeKey('current')
const next = makeKey('next')
const stranger = makeKey('current')

const claims = { sub: 'usr_1', role: 'MEMBER', sid: 'ses_1' }
const signed = (overrides: {
  key?: { kid: string; privateKey: KeyObject }
  payload?: object
  options?: jwt.SignOptions
  typ?: string
}) => {
  const { key = current, payload = claims, options, typ = 'at+jwt' } = overrides
  return jwt.sign(payload, key.privateKey, {
    algorithm: 'ES256',
    issuer: 'agora',
    audience: 'agora',
    expiresIn: 900,
    header: { alg: 'ES256', kid: key.kid, typ },
    ...options,
  })
}

/** Publishes keys, and counts how often it is asked. */
async function startPublisher(keys: object[], port = 0) {
  const publisher = { keys, asked: 0 }
  const server: RunningServer = await startHttpServer({
    host: '127.0.0.1',
    port,
    log,
    routes: {
      '/jwks.json': (_request, response) => {
        publisher.asked += 1
        sendJson(response, 200, { keys: publisher.keys })
      },
    },
  })
  return Object.assign(publisher, { port: server.port, url: `${server.url}/jwks.json`, close: server.close })
}

type Publisher = Awaited<ReturnType<typeof startPublisher>>
let publisher: Publisher
let shop: RunningShop
beforeAll(async () => {
  publisher = await startPublisher([{ kty: 'RSA', kid: 'other', n: 'x', e: 'AQAB' }, current.jwk])
  shop = await startShop({ ROUTER_SECRET: routerSecret, JWKS_URL: publisher.url })
})
afterAll(async () => {
  await shop.close()
  await publisher.close()
})

const ask = (authorization?: string, headers: Record<string, string> = {}) =>
  shop.router.send('{ books { nodes { id } } }', {
    headers: { ...headers, ...(authorization !== undefined && { authorization }) },
  })
const lastSeen = () => shop.subgraphs.books.seen.at(-1)?.headers ?? {}
const seenViewer = () => readViewer(String(lastSeen()[viewerHeader]))

it('passes the viewer on, signed', async () => {
  const { errors, data } = await ask(`Bearer ${signed({})}`)
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
  const before = publisher.asked
  await Promise.all(
    [1, 2, 3].map((sub) => ask(`Bearer ${signed({ payload: { ...claims, sub: `usr_${sub}` } })}`)),
  )
  expect(publisher.asked - before).toBe(0)
})

it('says the address of each request, whoever comes from several', async () => {
  const behind = await startShop({ ROUTER_SECRET: routerSecret, JWKS_URL: publisher.url, TRUST_PROXY: '1' })
  const headers = { authorization: `Bearer ${signed({})}` }
  for (const address of ['192.0.2.7', '192.0.2.8', '192.0.2.7']) {
    for (const given of [headers, {}]) {
      await behind.router.send('{ books { nodes { id } } }', {
        headers: { ...given, 'x-forwarded-for': address },
      })
      const seen = behind.subgraphs.books.seen.at(-1)?.headers[viewerHeader]
      const kind = given === headers ? 'signedIn' : 'anonymous'
      expect(readViewer(String(seen))).toMatchObject({ viewer: { kind }, address })
    }
  }
  await behind.close()
})

it('passes the anonymous viewer on, signed too', async () => {
  await ask()
  expect(seenViewer()).toEqual({ viewer: { kind: 'anonymous' }, address: '127.0.0.1' })
})

it('builds every header to a subgraph from nothing', async () => {
  await ask(undefined, {
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
  await ask(`bearer ${signed({})}`)
  expect(lastSeen()).not.toHaveProperty('authorization')
})

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const publicPem = String(current.publicKey.export({ format: 'pem', type: 'spki' }))
const now = Math.floor(Date.now() / 1000)
const unsigned = encode({ ...claims, iss: 'agora', aud: 'agora', iat: now, exp: now + 900 })
// By hand: jsonwebtoken refuses to take a public key for a secret.
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
  ['an unknown kid', () => `Bearer ${signed({ key: makeKey('unheard of') })}`],
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
  ['a made-up role', () => `Bearer ${signed({ payload: { ...claims, role: 'ROOT' } })}`],
  ['a changed payload', () => `Bearer ${signed({}).replace(/\.[^.]+\./, `.${unsigned}.`)}`],
]

it.each(bad)('refuses %s, and never takes it for anonymous', async (_what, authorization) => {
  const before = shop.subgraphs.books.seen.length
  const { status, errors, data, headers } = await ask(authorization())
  expect({ status, data }).toEqual({ status: 401, data: undefined })
  expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: 'UNAUTHENTICATED' }])
  expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
  expect(shop.subgraphs.books.seen.length).toBe(before)
})

it('says so while no key could ever be fetched, and goes on once it can', async () => {
  const gone = await startPublisher([])
  await gone.close()
  const router = await startRouter({ ROUTER_SECRET: routerSecret, JWKS_URL: gone.url })
  const headers = { authorization: `Bearer ${signed({})}` }
  const refused = await router.send('{ __typename }', { headers })
  expect({ status: refused.status, code: refused.errors?.[0]?.extensions }).toEqual({
    status: 503,
    code: { code: 'UNAUTHENTICATED' },
  })
  expect((await router.send('{ __typename }')).status).toBe(200)
  await router.close()
})

describe('the keys', () => {
  let time = 0
  const keysOf = (url: string) => createKeySet({ url, log, now: () => time })

  it('are asked for again for an unknown one, but not more often than every 30 s', async () => {
    const own = await startPublisher([current.jwk])
    const keys = keysOf(own.url)
    expect(await keys.find('current')).toBeDefined()
    expect(await keys.find('next')).toBeUndefined()
    own.keys = [current.jwk, next.jwk]
    time += 29_000
    expect(await keys.find('next')).toBeUndefined()
    expect(own.asked).toBe(1)
    time += 2_000
    const found = await Promise.all(['next', 'next', 'made up'].map((kid) => keys.find(kid)))
    expect(found.map((key) => key !== undefined)).toEqual([true, true, false])
    expect(own.asked).toBe(2)
    await own.close()
  })

  it('stay known while their publisher is down', async () => {
    const own = await startPublisher([current.jwk])
    const keys = keysOf(own.url)
    await keys.find('current')
    await own.close()
    time += 3_600_000
    expect(await keys.find('current')).toBeDefined()
    expect(await keys.find('next')).toBeUndefined()
    expect(await keys.find('current')).toBeDefined()
  })

  it('are tried again a second after a failure', async () => {
    const own = await startPublisher([current.jwk])
    await own.close()
    const keys = keysOf(own.url)
    await expect(keys.find('current')).rejects.toThrow(KeysUnavailable)
    const again = await startPublisher([current.jwk], own.port)
    await expect(keys.find('current')).rejects.toThrow(KeysUnavailable)
    time += 1_000
    expect(await keys.find('current')).toBeDefined()
    await again.close()
  })
})

describe('without identity', () => {
  it.each([
    ['JWKS_URL', { ROUTER_SECRET: routerSecret }],
    ['ROUTER_SECRET', { JWKS_URL: 'http://127.0.0.1:9/jwks.json' }],
  ])('half of it is a mistake: %s', async (missing, environment) => {
    const start = startRouter(environment)
    await expect(start).rejects.toThrow(ConfigError)
    await expect(start).rejects.toThrow(`${missing}: is not set`)
  })

  it('it says so, looks at no token, and tells subgraphs nothing', async () => {
    const open = await startShop()
    expect(open.router.logged).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('without identity') }),
    )
    const { status } = await open.router.send('{ books { nodes { id } } }', {
      headers: { authorization: 'Bearer nonsense' },
    })
    expect(status).toBe(200)
    expect(open.subgraphs.books.seen[0]?.headers).not.toHaveProperty(viewerHeader)
    await open.close()
  })
})
