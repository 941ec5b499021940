import { createClient, ViewerDocument } from '../../client/src'
import { startIdentityProvider, TestBrowser, type TestIdentityProvider } from '../support/identityProvider'
import { readToken, startSmtpSink, type SmtpSink } from '../support/smtpSink'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'
import { identityDocuments, redirectUri } from '../subgraphs/users/identities/support'
import { documents, makeSignUp } from '../subgraphs/users/support'

const origin = 'https://app.agora.example'
const days = 24 * 60 * 60
/** How far the clock of the users subgraph is ahead. */
let aheadMs = 0
/** The time at which it stands still. */
let stoppedAt: number | undefined

let agora: TestSupergraph
let urls: Record<'development' | 'production' | 'apollo', string>
let issuer: TestIdentityProvider
let sink: SmtpSink
beforeAll(async () => {
  issuer = await startIdentityProvider('example', [redirectUri])
  sink = await startSmtpSink()
  agora = await startSupergraph({ SESSION_COOKIES: 'true', CORS_ORIGINS: origin }, undefined, {
    mailDelivery: { kind: 'smtp', url: sink.url, from: 'agora@agora.example', appUrl: 'https://app.example' },
    identityProviders: [issuer.settings],
    redirectUris: [redirectUri],
    now: () => new Date((stoppedAt ?? Date.now()) + aheadMs),
  })
  urls = {
    development: agora.url,
    production: await agora.startRouter({ NODE_ENV: 'production' }),
    apollo: await agora.startRouter({ ROUTER_EXECUTOR: 'apollo' }),
  }
})
afterAll(async () => {
  await agora.close()
  await issuer.stop()
  await sink.stop()
})

/** A browser with the cookies of one router. */
class Browser {
  cookie: string | undefined
  /** Sent only by tests that need it: it may be revoked. */
  accessToken: string | undefined
  /** The last header Set-Cookie. */
  setCookie: string | null = null
  constructor(readonly url: string = urls.development) {}

  async send(query: string, input?: object, headers: Record<string, string> = {}) {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.cookie !== undefined && { cookie: `theme=dark; ${this.cookie}; other=1` }),
        ...(this.accessToken !== undefined && { authorization: `Bearer ${this.accessToken}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables: { input } }),
    })
    this.setCookie = response.headers.get('set-cookie')
    if (this.setCookie !== null) {
      const [pair = ''] = this.setCookie.split(';')
      this.cookie = pair.endsWith('=') ? undefined : pair
    }
    // Tests assert the structure of `data`.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const body = (await response.json()) as { data?: any; errors?: { extensions: { code: string } }[] }
    return { status: response.status, headers: response.headers, ...body }
  }

  /** Sends a mutation, and returns its payload. */
  async mutate(name: keyof typeof documents, input: object, headers: Record<string, string> = {}) {
    const { data, errors } = await this.send(documents[name], input, headers)
    if (errors) throw new Error(JSON.stringify(errors))
    return data[name]
  }

  async signUp() {
    const person = makeSignUp()
    const { session, userErrors } = await this.mutate('signUp', person)
    expect(userErrors).toEqual([])
    return { ...person, session }
  }
}

const expectHidden = (session: object) =>
  expect(session).toMatchObject({
    accessToken: expect.any(String),
    refreshToken: null,
    refreshTokenExpiresAt: null,
  })
const token = '[A-Za-z0-9_.-]{87}'
const developmentCookie = new RegExp(
  `^agora_session=${token}; Max-Age=${30 * days}; Path=/graphql; HttpOnly; SameSite=Lax$`,
)
const productionCookie = new RegExp(
  `^__Host-agora_session=${token}; Max-Age=${30 * days}; Path=/; Secure; HttpOnly; SameSite=Lax$`,
)

test.each(['development', 'production', 'apollo'] as const)(
  'keeps the refresh token in an HttpOnly cookie from sign-up to sign-out (%s)',
  async (router) => {
    const browser = new Browser(urls[router])
    const expected = router === 'production' ? productionCookie : developmentCookie
    const { email, password, session } = await browser.signUp()
    expectHidden(session)
    expect(browser.setCookie).toMatch(expected)
    const first = browser.cookie

    expectHidden((await browser.mutate('signIn', { email, password })).session)
    expect(browser.setCookie).toMatch(expected)
    expect(browser.cookie).not.toBe(first)
    const second = browser.cookie

    const renewed = await browser.mutate('refreshSession', {})
    expect(renewed).toMatchObject({ user: { email }, userErrors: [] })
    expectHidden(renewed.session)
    expect(browser.setCookie).toMatch(expected)
    expect(browser.cookie).not.toBe(second)

    expect(await browser.mutate('signOut', {})).toEqual({ userErrors: [] })
    expect(browser.setCookie).toBe(
      router === 'production'
        ? '__Host-agora_session=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax'
        : 'agora_session=; Max-Age=0; Path=/graphql; HttpOnly; SameSite=Lax',
    )
    expect(await browser.mutate('signOut', {})).toEqual({ userErrors: [] })
    expect(await browser.mutate('refreshSession', {})).toMatchObject({
      session: null,
      userErrors: [{ code: 'REQUIRED', field: ['refreshToken'] }],
    })
  },
)

test('ends the session of the cookie with sign-out', async () => {
  const browser = new Browser()
  await browser.signUp()
  const { cookie } = browser
  await browser.mutate('signOut', {})
  browser.cookie = cookie
  const { userErrors } = await browser.mutate('refreshSession', {})
  expect(userErrors).toMatchObject([{ code: 'EXPIRED' }])
})

test('removes the cookie when its own session is revoked from the list, and not for another one', async () => {
  const browser = new Browser()
  const { email, password, session } = await browser.signUp()
  const other = new Browser()
  await other.mutate('signIn', { email, password })
  browser.accessToken = session.accessToken
  const { data } = await browser.send('{ viewer { sessions { id isCurrent } } }')
  const sessions: { id: string; isCurrent: boolean }[] = data.viewer.sessions
  const revoke = async (isCurrent: boolean) => {
    const revoked = await browser.send(
      `mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { revokedSessionId userErrors { code } } }`,
      { sessionId: sessions.find((each) => each.isCurrent === isCurrent)?.id },
    )
    expect(revoked.data.revokeSession.userErrors).toEqual([])
  }
  await revoke(false)
  expect(browser.setCookie).toBeNull()
  await revoke(true)
  expect(browser.setCookie).toMatch(/^agora_session=; Max-Age=0;/)
})

test('returns the same session to tabs that renew it at once, and ends it when an old cookie is used later', async () => {
  const browser = new Browser()
  await browser.signUp()
  const old = browser.cookie
  const tabs = [0, 1, 2].map(() => Object.assign(new Browser(), { cookie: old }))
  // The tabs have 10 s to renew it.
  stoppedAt = Date.now()
  await Promise.all(tabs.map((tab) => tab.mutate('refreshSession', {})))
  const [first] = tabs.map(({ cookie }) => cookie)
  expect(tabs.map(({ cookie }) => cookie)).toEqual([first, first, first])
  expect(first).not.toBe(old)

  aheadMs = 11_000
  const thief = Object.assign(new Browser(), { cookie: old })
  expect((await thief.mutate('refreshSession', {})).userErrors).toMatchObject([{ code: 'EXPIRED' }])
  expect(thief.setCookie).toBeNull()
  expect((await tabs[0]!.mutate('refreshSession', {})).userErrors).toMatchObject([{ code: 'EXPIRED' }])
  stoppedAt = undefined
})

test('accepts a token that a client has kept, and moves it into the cookie', async () => {
  const browser = new Browser()
  await browser.signUp()
  const refreshToken = browser.cookie?.split('=')[1]
  browser.cookie = undefined
  const { session } = await browser.mutate('refreshSession', { refreshToken })
  expectHidden(session)
  expect(browser.setCookie).toMatch(developmentCookie)
})

test('sets the cookie with a changed and a reset password, and removes it with the account', async () => {
  const browser = new Browser()
  const { email, password, session } = await browser.signUp()
  browser.accessToken = session.accessToken
  const newPassword = 'another password of mine'
  const changed = await browser.mutate('changePassword', { currentPassword: password, newPassword })
  expect(changed.userErrors).toEqual([])
  expectHidden(changed.session)
  expect(browser.setCookie).toMatch(developmentCookie)

  // Changing the password has revoked it.
  browser.accessToken = undefined
  const request = `mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { userErrors { code } } }`
  await browser.send(request, { email })
  const mailToken = readToken(await sink.waitForMail(email, /new password/))
  const reset = await browser.send(
    `mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) {
      session { accessToken refreshToken refreshTokenExpiresAt } userErrors { code } } }`,
    { token: mailToken, newPassword: password },
  )
  expect(reset.data.resetPassword.userErrors).toEqual([])
  expectHidden(reset.data.resetPassword.session)
  expect(browser.setCookie).toMatch(developmentCookie)

  browser.accessToken = reset.data.resetPassword.session.accessToken
  const { deletedUserId } = await browser.mutate('deleteAccount', { password })
  expect(deletedUserId).toMatch(/^usr_/)
  expect(browser.setCookie).toMatch(/^agora_session=; Max-Age=0;/)
})

test('sets the cookie after a sign-in with a provider', async () => {
  const browser = new Browser()
  await issuer.setPerson('grace', { email: 'grace@example.org', email_verified: true, name: 'Grace' })
  const started = await browser.send(identityDocuments.start, { provider: issuer.settings.name, redirectUri })
  const { authorizationUrl, flowToken } = started.data.startIdentitySignIn
  const callbackUrl = await new TestBrowser().signIn(authorizationUrl, redirectUri, 'grace')
  const { data } = await browser.send(identityDocuments.complete, { flowToken, callbackUrl })
  expectHidden(data.completeIdentitySignIn.session)
  expect(browser.setCookie).toMatch(developmentCookie)
})

test('lets a client continue the session after the page was loaded again, until it signs out', async () => {
  const page = new Browser()
  const { email, password } = await page.signUp()
  page.cookie = undefined
  /** Creates the client of a page in one browser. */
  const loadPage = () =>
    createClient({
      url: urls.development,
      cookies: true,
      fetch: async (input, init) => {
        expect(init?.credentials).toBe('include')
        const headers = new Headers(init?.headers)
        if (page.cookie !== undefined) headers.set('cookie', page.cookie)
        const response = await fetch(input, { ...init, headers })
        const [setCookie] = response.headers.getSetCookie()
        const pair = setCookie?.split(';')[0]
        if (pair !== undefined) page.cookie = pair.endsWith('=') ? undefined : pair
        return response
      },
    })
  const first = loadPage()
  await first.signIn({ email, password })
  expect(await first.getSession()).toMatchObject({ refreshToken: null })
  const second = loadPage()
  expect((await second.request(ViewerDocument)).viewer).toMatchObject({ handle: expect.any(String) })
  await second.signOut()
  expect(page.cookie).toBeUndefined()
  expect((await loadPage().request(ViewerDocument)).viewer).toBeNull()
})

describe('a page of another site', () => {
  const form = {
    'content-type': 'text/plain',
    origin: 'https://evil.example',
    'sec-fetch-site': 'cross-site',
  }

  test('is refused before the cookie is used, if it sends a request like a form', async () => {
    const browser = new Browser()
    await browser.signUp()
    for (const headers of [form, { ...form, origin }]) {
      const response = await browser.send(documents.refreshSession, {}, headers)
      expect([response.status, response.errors?.[0]?.extensions.code]).toEqual([400, 'BAD_REQUEST'])
      expect(browser.setCookie).toBeNull()
    }
    const { session } = await browser.mutate('refreshSession', {})
    expectHidden(session)
  })

  test('gets neither CORS nor the cookie, unless its origin is listed', async () => {
    const browser = new Browser()
    await browser.signUp()
    for (const each of ['https://evil.example', 'null', `${origin}.evil.example`]) {
      const { data, headers } = await browser.send(documents.refreshSession, {}, { origin: each })
      expect(data.refreshSession.userErrors).toMatchObject([{ code: 'REQUIRED' }])
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('access-control-allow-credentials')).toBeNull()
    }
    const { data, headers } = await browser.send(documents.refreshSession, {}, { origin })
    expectHidden(data.refreshSession.session)
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('access-control-allow-credentials')).toBe('true')
  })

  test.each([
    [origin, 'true'],
    ['https://evil.example', null],
  ])('of the origin %s gets the permission to send cookies: %s', async (from, expected) => {
    const headers = { origin: from, 'access-control-request-method': 'POST' }
    const response = await fetch(urls.development, { method: 'OPTIONS', headers })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-credentials')).toBe(expected)
  })
})

test('uses the cookie in mutations only: queries and event streams need the access token', async () => {
  const browser = new Browser()
  const { email, session } = await browser.signUp()
  expect((await browser.send('{ viewer { email } }')).data).toEqual({ viewer: null })
  const readStream = async (bearer: Record<string, string>) => {
    const response = await fetch(urls.development, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        cookie: browser.cookie ?? '',
        ...bearer,
      },
      body: JSON.stringify({ query: '{ viewer { email } }' }),
    })
    return response.text()
  }
  expect(await readStream({})).toContain('{"viewer":null}')
  expect(await readStream({ authorization: `Bearer ${session.accessToken}` })).toContain(email)
})
