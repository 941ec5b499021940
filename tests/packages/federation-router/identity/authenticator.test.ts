import jwt from 'jsonwebtoken'
import { createHmac } from 'node:crypto'

import { createViewerVerifier, viewerHeader } from '../../../../packages/auth/viewerToken'
import { ConfigError } from '../../../../packages/platform/config/environment'
import { requestTimeoutHeader } from '../../../../packages/platform/request/requestScope'
import { startRouter, startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { claims, currentKey, signTestToken, strangerKey } from '../../../support/federation-router/testTokens'
import {
  createTestKey,
  routerSecret,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../support/federation-router/tokenIssuer'

const readViewer = createViewerVerifier(routerSecret)

let publisher: TokenIssuer
let shop: RunningShop
beforeAll(async () => {
  publisher = await startTokenIssuer([{ kty: 'RSA', kid: 'other', n: 'x', e: 'AQAB' }, currentKey.jwk])
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
  const { errors, data } = await sendRequest(`Bearer ${signTestToken()}`)
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
    [1, 2, 3].map((sub) =>
      sendRequest(`Bearer ${signTestToken({ payload: { ...claims, sub: `usr_${sub}` } })}`),
    ),
  )
  expect(publisher.keyRequestCount - before).toBe(0)
})

it('passes the address of each request when a token is used from several', async () => {
  const behind = await startShop({ ROUTER_SECRET: routerSecret, JWKS_URL: publisher.url, TRUST_PROXY: '1' })
  const headers = { authorization: `Bearer ${signTestToken()}` }
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
  await sendRequest(`bearer ${signTestToken()}`)
  expect(lastSeen()).not.toHaveProperty('authorization')
})

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const publicPem = String(currentKey.publicKey.export({ format: 'pem', type: 'spki' }))
const readSeconds = () => Math.floor(Date.now() / 1000)
const unsigned = () => {
  const iat = readSeconds()
  return encode({ ...claims, iss: 'agora', aud: 'agora', iat, exp: iat + 900 })
}
// Signed by hand: jsonwebtoken refuses a public key as the secret.
const confused = (): string => {
  const content = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'current' })}.${unsigned()}`
  return `${content}.${createHmac('sha256', publicPem).update(content).digest('base64url')}`
}

const bad: [what: string, authorization: () => string][] = [
  ['another scheme', () => 'Basic dXNlcjpwYXNz'],
  ['no token', () => 'Bearer '],
  ['two tokens', () => `Bearer ${signTestToken()} ${signTestToken()}`],
  ['no JWT', () => 'Bearer null'],
  [
    'the algorithm none',
    () => `Bearer ${encode({ alg: 'none', typ: 'at+jwt', kid: 'current' })}.${unsigned()}.`,
  ],
  ['HMAC under the public key', () => `Bearer ${confused()}`],
  [
    'HMAC under the secret',
    () =>
      `Bearer ${jwt.sign(claims, publicPem.slice(0, 40), { header: { alg: 'HS256', kid: 'current', typ: 'at+jwt' } })}`,
  ],
  ['another key under the same kid', () => `Bearer ${signTestToken({ key: strangerKey })}`],
  ['an unknown kid', () => `Bearer ${signTestToken({ key: createTestKey('unheard of') })}`],
  [
    'the kid of a key of another kind',
    () => `Bearer ${signTestToken({ key: { ...currentKey, kid: 'other' } })}`,
  ],
  ['another issuer', () => `Bearer ${signTestToken({ options: { issuer: 'elsewhere' } })}`],
  ['another audience', () => `Bearer ${signTestToken({ options: { audience: 'elsewhere' } })}`],
  ['a token of another type', () => `Bearer ${signTestToken({ typ: 'JWT' })}`],
  ['an expired token', () => `Bearer ${signTestToken({ options: { expiresIn: -60 } })}`],
  [
    'a token that never expires',
    () =>
      `Bearer ${jwt.sign(claims, currentKey.privateKey, { algorithm: 'ES256', issuer: 'agora', audience: 'agora', header: { alg: 'ES256', kid: 'current', typ: 'at+jwt' } })}`,
  ],
  ['a token for more than 15 minutes', () => `Bearer ${signTestToken({ options: { expiresIn: 901 } })}`],
  [
    'a token of the future',
    () => {
      const iat = readSeconds() + 60
      return `Bearer ${signTestToken({ payload: { ...claims, iat, exp: iat + 60 } })}`
    },
  ],
  ['a token that is not valid yet', () => `Bearer ${signTestToken({ options: { notBefore: 60 } })}`],
  [
    'critical extensions, which it does not know',
    () => `Bearer ${signTestToken({ options: { header: { alg: 'ES256', crit: ['b64'] } } })}`,
  ],
  ['a made-up role', () => `Bearer ${signTestToken({ payload: { ...claims, role: 'ROOT' } })}`],
  ['a changed payload', () => `Bearer ${signTestToken().replace(/\.[^.]+\./, `.${unsigned()}.`)}`],
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
  const headers = { authorization: `Bearer ${signTestToken()}` }
  const refused = await router.send('{ __typename }', { headers })
  expect({ status: refused.status, code: refused.errors?.[0]?.extensions }).toEqual({
    status: 503,
    code: { code: 'UNAUTHENTICATED' },
  })
  expect((await router.send('{ __typename }')).status).toBe(200)
  await router.close()
})

it('tolerates clocks that differ by up to 30 s', async () => {
  const seconds = readSeconds()
  for (const [iat, exp] of [
    [seconds + 20, seconds + 900],
    [seconds - 900, seconds - 10],
  ])
    expect(await sendRequest(`Bearer ${signTestToken({ payload: { ...claims, iat, exp } })}`)).toMatchObject({
      status: 200,
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
