import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import {
  startIdentityProvider,
  TestBrowser,
  type TestIdentityProvider,
} from '../../../support/identityProvider'
import { createCapturedLog } from '../../../support/capturedLog'
import { createClock, documents, listUserErrors, startUsers, type TestUsers } from '../support'
import { createSignInSteps, identityDocuments, redirectUri } from './support'

const clock = createClock()
const { log, lines } = createCapturedLog()
const person = { email: 'ada@example.org', email_verified: true, name: 'Ada' }
let issuer: TestIdentityProvider
let otherIssuer: TestIdentityProvider
let users: TestUsers
let steps: ReturnType<typeof createSignInSteps>
beforeAll(async () => {
  issuer = await startIdentityProvider('example', [redirectUri])
  otherIssuer = await startIdentityProvider('other', [redirectUri])
  users = await startUsers({
    identityProviders: [
      issuer.settings,
      otherIssuer.settings,
      { ...issuer.settings, name: 'unreachable', issuer: 'http://127.0.0.1:9' },
    ],
    redirectUris: [redirectUri],
    now: clock.now,
    log,
  })
  steps = createSignInSteps(users, issuer)
  await issuer.setPerson('ada', person)
})
afterEach(() => issuer.setFault({}))
afterAll(async () => {
  await users.close()
  await Promise.all([issuer.stop(), otherIssuer.stop()])
})

const invalidCallback = [['INVALID', 'callbackUrl']]
const expiredFlow = [['EXPIRED', 'flowToken']]

async function complete(flowToken: string, callbackUrl: string) {
  const { data, errors } = await steps.complete(flowToken, callbackUrl)
  expect(errors).toBeUndefined()
  return data.completeIdentitySignIn
}

/** Completes a sign-in that fails, and returns its errors and the reasons in the security log. */
async function completeInVain(flowToken: string, callbackUrl: string) {
  const start = lines.length
  const payload = await complete(flowToken, callbackUrl)
  expect(payload).toMatchObject({ session: null, user: null, isNewUser: null })
  const reasons = lines
    .slice(start)
    .flatMap((line) => (line['event'] === 'identity.refused' ? [line['reason']] : []))
  return { errors: listUserErrors(payload), reasons }
}

/** Returns an address with another value of a parameter. */
function withParameter(url: string, name: string, value: string): string {
  const changed = new URL(url)
  changed.searchParams.set(name, value)
  return changed.href
}

describe('a callback', () => {
  it('is rejected with the state of another flow, without using this one', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    const other = await steps.reachCallback('ada')
    expect(await completeInVain(flowToken, other.callbackUrl)).toEqual({
      errors: invalidCallback,
      reasons: [],
    })
    expect(await complete(flowToken, callbackUrl)).toMatchObject({ userErrors: [] })
  })

  it('is rejected with two states', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    const { errors } = await completeInVain(flowToken, `${callbackUrl}&state=other`)
    expect(errors).toEqual(invalidCallback)
  })

  it('is rejected with a code that was issued for another flow, which PKCE detects', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    const other = await steps.reachCallback('ada')
    const code = new URL(other.callbackUrl).searchParams.get('code') ?? ''
    expect(await completeInVain(flowToken, withParameter(callbackUrl, 'code', code))).toEqual({
      errors: invalidCallback,
      reasons: ['invalid_grant'],
    })
  })

  it('is rejected when the flow began with another nonce', async () => {
    const { authorizationUrl, flowToken } = await steps.start()
    const changed = withParameter(authorizationUrl, 'nonce', 'another nonce')
    const callbackUrl = await new TestBrowser().signIn(changed, redirectUri, 'ada')
    expect(await completeInVain(flowToken, callbackUrl)).toEqual({
      errors: invalidCallback,
      reasons: ['OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    })
  })

  it('is rejected with the issuer of another provider', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    const mixedUp = withParameter(callbackUrl, 'iss', otherIssuer.settings.issuer)
    expect((await completeInVain(flowToken, mixedUp)).errors).toEqual(invalidCallback)
  })

  it('is rejected when the provider has denied access, with its code in the log', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    const denied = new URL(callbackUrl)
    denied.searchParams.delete('code')
    denied.searchParams.set('error', 'access_denied')
    expect(await completeInVain(flowToken, denied.href)).toEqual({
      errors: invalidCallback,
      reasons: ['access_denied'],
    })
  })

  it.each<[string, (url: string) => string]>([
    ['another host', (url) => url.replace('//127.0.0.1/', '//127.0.0.1.example.org/')],
    ['another path', (url) => url.replace('/callback?', '/callback/other?')],
    ['a user name', (url) => url.replace('//127', '//user@127')],
    ['another port', (url) => url.replace('127.0.0.1/', '127.0.0.1:8080/')],
    ['no address', () => 'callback?state=x'],
    ['10,000 characters', (url) => `${url}&padding=${'x'.repeat(10_000)}`],
  ])('is rejected with %s', async (_, change) => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    expect((await completeInVain(flowToken, change(callbackUrl))).errors).toEqual(invalidCallback)
  })

  it('is never requested', async () => {
    let requests = 0
    const trap = createServer((_, response) => {
      requests++
      response.end()
    }).listen(0, '127.0.0.1')
    await once(trap, 'listening')
    const { flowToken } = await steps.start()
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/sign-in/callback?code=x&state=y`
    await completeInVain(flowToken, url)
    trap.close()
    expect(requests).toBe(0)
  })
})

describe('a flow', () => {
  it('can be completed once, also concurrently', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    const payloads = await Promise.all([1, 2, 3].map(() => complete(flowToken, callbackUrl)))
    expect(payloads.filter(({ session }) => session !== null)).toHaveLength(1)
    expect(await completeInVain(flowToken, callbackUrl)).toMatchObject({ errors: expiredFlow })
  })

  it('does not accept a code that was used', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    expect(await complete(flowToken, callbackUrl)).toMatchObject({ userErrors: [] })
    // As if the database had lost the use of the flow: then the issuer still refuses the code.
    await users.connection.collection('used_sign_in_flows').deleteMany({})
    expect(await completeInVain(flowToken, callbackUrl)).toEqual({
      errors: invalidCallback,
      reasons: ['invalid_grant'],
    })
  })

  it('expires after 15 minutes', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    clock.advance(15 * 60_000)
    expect(await completeInVain(flowToken, callbackUrl)).toMatchObject({ errors: expiredFlow })
  })

  it.each<[string, (token: string) => string]>([
    ['changed', (token) => `${token.slice(0, -4)}AAAA`],
    ['cut off', (token) => token.slice(0, 20)],
    ['empty', () => ''],
    ['of 100,000 characters', () => 'A'.repeat(100_000)],
  ])('is rejected with a token that is %s', async (_, change) => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    expect(await completeInVain(change(flowToken), callbackUrl)).toMatchObject({ errors: expiredFlow })
  })

  it('belongs to the viewer who started it', async () => {
    const [one, two] = [await users.signUp(), await users.signUp()]
    const ofOne = await steps.reachCallback('ada', { viewer: one.viewer })
    const anonymous = await steps.reachCallback('ada')
    for (const [flow, viewer] of [
      [ofOne, two.viewer],
      [ofOne, undefined],
      [anonymous, one.viewer],
    ] as const) {
      const { data } = await steps.complete(flow.flowToken, flow.callbackUrl, { viewer })
      expect(listUserErrors(data.completeIdentitySignIn)).toEqual(expiredFlow)
    }
  })

  it('is not started for an unknown provider, or for an address that is not listed', async () => {
    const start = async (input: object) =>
      listUserErrors((await users.query(identityDocuments.start, { input })).startIdentitySignIn)
    expect(await start({ provider: 'unknown', redirectUri })).toEqual([['NOT_FOUND', 'provider']])
    for (const uri of [
      `${redirectUri}/`,
      `${redirectUri}?x=1`,
      'https://attacker.example/',
      'javascript:alert(1)',
    ])
      expect(await start({ provider: 'example', redirectUri: uri })).toEqual([['INVALID', 'redirectUri']])
  })
})

describe('an ID token', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['another audience', { aud: 'another client' }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['another issuer', { iss: 'https://issuer.example' }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['another nonce', { nonce: 'another nonce' }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['an expiry in the past', { exp: 1_000_000_000 }, 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED'],
    ['a subject of 256 characters', { sub: 'x'.repeat(256) }, 'no_subject'],
  ])('is rejected with %s', async (_, claims, reason) => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    await issuer.setFault({ idToken: { claims } })
    expect(await completeInVain(flowToken, callbackUrl)).toEqual({
      errors: invalidCallback,
      reasons: [reason],
    })
  })

  it('is rejected with the signature of another key', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    await issuer.setFault({ idToken: { isForged: true } })
    const { errors, reasons } = await completeInVain(flowToken, callbackUrl)
    expect(errors).toEqual(invalidCallback)
    expect(reasons).toHaveLength(1)
  })

  it('signs in with claims of any type, of which it uses only valid ones', async () => {
    await issuer.setPerson('odd', { name: 'x'.repeat(5000), nickname: '\u0000', preferred_username: '💥' })
    const payload = await steps.signIn('odd')
    expect(payload).toMatchObject({ isNewUser: true, userErrors: [] })
    expect(payload.user.handle).toMatch(/^x+$|^user/)
  })
})

describe('an issuer that fails', () => {
  const unavailable = { code: 'SUBGRAPH_UNAVAILABLE', service: 'example' }

  it.each<[string, object, string]>([
    ['has an error', { path: '/token', status: 500 }, 'OAUTH_RESPONSE_IS_NOT_CONFORM'],
    ['is overloaded', { path: '/token', status: 429, body: '{"error":"slow_down"}' }, 'slow_down'],
    [
      'sends HTML',
      { path: '/token', status: 200, type: 'text/html', body: '<p>hello</p>' },
      'OAUTH_RESPONSE_IS_NOT_JSON',
    ],
    ['sends broken JSON', { path: '/token', status: 200, body: '{"access_token": ' }, 'OAUTH_PARSE_ERROR'],
    [
      'sends a response of 10 MB',
      { path: '/token', status: 200, body: `"${'x'.repeat(10_000_000)}"` },
      'too_large',
    ],
    [
      'does not know its client',
      { path: '/token', status: 401, body: '{"error":"invalid_client"}' },
      'invalid_client',
    ],
    ['redirects', { path: '/token', status: 302 }, 'OAUTH_RESPONSE_IS_NOT_CONFORM'],
    ['has an error at the UserInfo endpoint', { path: '/me', status: 503 }, 'OAUTH_RESPONSE_IS_NOT_CONFORM'],
  ])('affects only the sign-in when it %s', async (_, fault, reason) => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    await issuer.setFault(fault)
    const { data, errors } = await steps.complete(flowToken, callbackUrl)
    expect(data.completeIdentitySignIn).toBeNull()
    expect(errors?.map(({ extensions }) => extensions)).toEqual([expect.objectContaining(unavailable)])
    expect(lines).toContainEqual(expect.objectContaining({ provider: 'example', reason, level: 40 }))
  })

  it('affects only the sign-in when it is slow', async () => {
    const { flowToken, callbackUrl } = await steps.reachCallback('ada')
    await issuer.setFault({ path: '/token', hangs: true })
    const pending = steps.complete(flowToken, callbackUrl)
    await users.signUp()
    const { errors } = await pending
    expect(errors?.[0]?.extensions).toMatchObject(unavailable)
  })

  it('affects only its own sign-ins when it is down', async () => {
    const others = createSignInSteps(users, otherIssuer)
    await otherIssuer.setPerson('ada', {})
    const { flowToken, callbackUrl } = await others.reachCallback('ada')
    await otherIssuer.stop()
    const { errors } = await others.complete(flowToken, callbackUrl)
    expect(errors?.[0]?.extensions).toMatchObject({ ...unavailable, service: 'other' })
    expect(lines).toContainEqual(expect.objectContaining({ provider: 'other', reason: 'ECONNREFUSED' }))
    expect(await steps.signIn('ada')).toMatchObject({ userErrors: [] })
    expect(await users.query(identityDocuments.providers)).toMatchObject({ identityProviders: [{}, {}, {}] })
    expect(await users.query(documents.viewer)).toEqual({ viewer: null })
  })
})

it('reports a provider that was never reached, and one whose issuer differs from the configured one', async () => {
  const input = { provider: 'unreachable', redirectUri }
  const { errors } = await users.send(identityDocuments.start, { input })
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', service: 'unreachable' })
  const misnamed = await startUsers({
    identityProviders: [
      { ...issuer.settings, issuer: issuer.settings.issuer.replace('127.0.0.1', 'localhost') },
    ],
    redirectUris: [redirectUri],
  })
  const response = await misnamed.send(identityDocuments.start, {
    input: { provider: 'example', redirectUri },
  })
  await misnamed.close()
  expect(response.errors?.[0]?.extensions).toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', service: 'example' })
})

it('logs no code, token, secret or address', () => {
  const text = JSON.stringify(lines)
  for (const secret of [person.email, issuer.settings.clientSecret, 'code=', 'flowToken'])
    expect(text).not.toContain(secret)
})
