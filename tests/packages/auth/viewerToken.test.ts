import jwt from 'jsonwebtoken'
import { performance } from 'node:perf_hooks'

import { anonymous, type SignedInViewer } from '../../../packages/auth/viewer'
import { createViewerSigner, createViewerVerifier } from '../../../packages/auth/viewerToken'
import { createCapturedLog } from '../../support/capturedLog'

const secret = 'a secret of at least 32 bytes, for tests'
const viewer: SignedInViewer = { kind: 'signedIn', id: 'usr_1', role: 'MODERATOR', sessionId: 's' }
const address = '192.0.2.7'
const issuer = 'agora-router'

/** Fakes all clocks: that of dates, of timers, and of caches. */
function holdTheClock(): void {
  jest.useFakeTimers()
  jest.spyOn(performance, 'now').mockImplementation(() => Date.now())
}
afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

it.each([
  { viewer, address },
  { viewer: { ...viewer, suspendedUntilMs: Infinity }, address },
  { viewer: { ...viewer, suspendedUntilMs: 1_900_000_000_123 }, address },
  { viewer: anonymous, address },
  { viewer: anonymous, address: '2001:db8::1' },
])('contains %j', (claims) => {
  expect(createViewerVerifier(secret)(createViewerSigner(secret)(claims))).toEqual(claims)
})

it('is reused for 30 s for the same claims object', () => {
  holdTheClock()
  const sign = createViewerSigner(secret)
  const claims = { viewer, address }
  const first = sign(claims)
  jest.advanceTimersByTime(29_000)
  expect(sign(claims)).toBe(first)
  expect(sign({ viewer, address: '192.0.2.8' })).not.toBe(first)
  expect(sign({ viewer: { ...viewer, role: 'ADMIN' }, address })).not.toBe(first)
  jest.advanceTimersByTime(2_000)
  expect(sign(claims)).not.toBe(first)
})

it('is valid for 60 s plus the clock tolerance, cached or not', () => {
  holdTheClock()
  const verify = createViewerVerifier(secret)
  const token = createViewerSigner(secret)({ viewer, address })
  expect(verify(token)).toBeDefined()
  jest.advanceTimersByTime(88_000)
  expect(verify(token)).toBeDefined()
  jest.advanceTimersByTime(3_000)
  expect(verify(token)).toBeUndefined()
  expect(createViewerVerifier(secret)(token)).toBeUndefined()
})

it('tolerates clocks that differ by 30 s, and reports them once a minute', () => {
  holdTheClock()
  const { log, lines } = createCapturedLog()
  const verify = createViewerVerifier(secret, { log })
  // Tokens count whole seconds.
  const start = Math.floor(Date.now() / 1000) * 1000
  jest.setSystemTime(start)
  const signTokenAt = (seconds: number) => {
    jest.setSystemTime(start + seconds * 1000)
    const token = createViewerSigner(secret)({ viewer, address })
    jest.setSystemTime(start)
    return token
  }
  expect(verify(signTokenAt(0))).toBeDefined()
  expect(verify(signTokenAt(-59))).toBeDefined()
  expect(lines).toEqual([])
  expect(verify(signTokenAt(29))).toBeDefined()
  expect(verify(signTokenAt(-88))).toBeDefined()
  expect(verify(signTokenAt(32))).toBeUndefined()
  expect(verify(signTokenAt(-91))).toBeUndefined()
  expect(lines).toMatchObject([{ level: 40, aheadSeconds: -29, msg: expect.stringContaining('clock') }])
  const old = signTokenAt(-200)
  jest.advanceTimersByTime(61_000)
  expect(verify(old)).toBeUndefined()
  expect(lines.slice(1)).toMatchObject([{ aheadSeconds: 201 }])
})

it('is accepted with either of two secrets while they rotate', () => {
  const next = 'another secret of at least 32 bytes, for tests'
  const [old, rotated] = [createViewerSigner(secret), createViewerSigner(next)]
  for (const verify of [
    createViewerVerifier(secret, { previousSecret: next }),
    createViewerVerifier(next, { previousSecret: secret }),
  ])
    for (const sign of [old, rotated]) expect(verify(sign({ viewer, address }))).toEqual({ viewer, address })
  expect(createViewerVerifier(next)(old({ viewer, address }))).toBeUndefined()
})

const claims = { sub: 'usr_1', role: 'ADMIN', sid: 's', adr: address }
const options = { algorithm: 'HS256', issuer, expiresIn: 60 } as const
const good = createViewerSigner(secret)({ viewer, address })
const [header = '', body = '', signature = ''] = good.split('.')
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

it.each<[string, string | undefined]>([
  ['nothing', undefined],
  ['an empty text', ''],
  ['nonsense', 'a.b.c'],
  ['another secret', createViewerSigner(`${secret}!`)({ viewer, address })],
  ['another issuer', jwt.sign(claims, secret, { ...options, issuer: 'somebody' })],
  ['no issuer', jwt.sign(claims, secret, { algorithm: 'HS256', expiresIn: 60 })],
  ['no end', jwt.sign(claims, secret, { algorithm: 'HS256', issuer })],
  ['an end that is past', jwt.sign(claims, secret, { ...options, expiresIn: -31 })],
  ['another algorithm', jwt.sign(claims, secret, { ...options, algorithm: 'HS512' })],
  ['no signature', `${encoded({ alg: 'none', typ: 'JWT' })}.${body}.`],
  ['a body that was changed', `${header}.${encoded({ ...claims, iss: issuer, exp: 9e9 })}.${signature}`],
  ['a role that does not exist', jwt.sign({ ...claims, role: 'ROOT' }, secret, options)],
  ['a viewer without a role', jwt.sign({ sub: 'usr_1', sid: 's', adr: address }, secret, options)],
  ['a viewer without a session', jwt.sign({ sub: 'usr_1', role: 'ADMIN', adr: address }, secret, options)],
  ['no address', jwt.sign({ sub: 'usr_1', role: 'ADMIN', sid: 's' }, secret, options)],
])('refuses %s', (_, token) => {
  expect(createViewerVerifier(secret)(token)).toBeUndefined()
})
