import { randomBytes } from 'node:crypto'

import { anonymous, type Viewer } from '../../../packages/auth/viewer'
import { readToken, startSmtpSink, type SmtpSink } from '../../support/smtpSink'
import { waitUntil } from '../../support/processes'
import {
  createClock,
  documents,
  listUserErrors,
  makeSignUp,
  newAddress,
  startUsers,
  type Person,
  type TestUsers,
} from './support'

let sink: SmtpSink
let users: TestUsers
let strict: TestUsers
const clock = createClock()
const delivery = () =>
  ({
    kind: 'smtp',
    url: sink.url,
    from: 'Agora <agora@agora.example>',
    appUrl: 'https://app.example',
  }) as const

beforeAll(async () => {
  sink = await startSmtpSink()
  ;[users, strict] = await Promise.all([
    startUsers({ mailDelivery: delivery(), now: clock.now }),
    startUsers({ mailDelivery: delivery(), emailVerification: 'required', now: clock.now }),
  ])
})
afterAll(async () => {
  await Promise.all([users.close(), strict.close()])
  await sink.stop()
})

const newEmail = () => `new_${randomBytes(6).toString('hex')}@example.org`

const fields: Record<string, string> = {
  verifyEmail: 'user { id email emailVerifiedAt }',
  resetPassword: 'session { accessToken refreshToken } user { id email emailVerifiedAt }',
}

/** Starts another process of a system, which waits for the lease of the sender: it sends only the commands of requests. */
async function startStandby(
  system: TestUsers,
  options: Parameters<typeof startUsers>[0] = {},
): Promise<TestUsers> {
  const database = system.connection.name
  return startUsers({ mailDelivery: delivery(), now: clock.now, database, ...options })
}

/** Sends a mutation with one input, and returns its payload. */
async function mutate(system: TestUsers, name: string, input: object, viewer: Viewer = anonymous) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const selection = `${fields[name] ?? ''} userErrors { code field message }`
  const document = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`
  const { data, errors } = await system.send(document, { input }, viewer, newAddress())
  if (errors) throw new Error(JSON.stringify(errors))
  return data[name]
}

/** Waits for a mail to an address with another token than these, and returns its token. */
async function waitForAnotherToken(email: string, known: readonly string[]): Promise<string> {
  const find = () =>
    sink.mails
      .filter(({ to }) => to.includes(email))
      .map(readToken)
      .find((token) => !known.includes(token))
  await waitUntil('a mail has another token', () => find() !== undefined)
  return find() ?? ''
}

const readVerifiedAt = async ({ viewer }: Person) =>
  (await users.query('{ viewer { email emailVerifiedAt } }', {}, viewer)).viewer

describe('verification of an address', () => {
  it('mails a link after a sign-up, whose token verifies the address once', async () => {
    const person = await users.signUp()
    expect(await readVerifiedAt(person)).toEqual({ email: person.email, emailVerifiedAt: null })
    const mail = await sink.waitForMail(person.email)
    expect(mail.source).toContain('https://app.example/verify-email?token=')
    const token = readToken(mail)
    expect(await mutate(users, 'verifyEmail', { token }, person.viewer)).toMatchObject({
      user: { id: person.id, email: person.email, emailVerifiedAt: clock.now().toISOString() },
      userErrors: [],
    })
    expect(await readVerifiedAt(person)).toEqual({
      email: person.email,
      emailVerifiedAt: clock.now().toISOString(),
    })
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token }))).toEqual([['EXPIRED', 'token']])
  })

  it('stores no token, neither in the account nor in the queue', async () => {
    const person = await users.signUp()
    const token = readToken(await sink.waitForMail(person.email))
    const stored = JSON.stringify([await users.readCollection('users'), await users.readCollection('mails')])
    expect(stored).toContain(person.id)
    expect(stored).not.toContain(token)
  })

  it('hides from others when an address was verified', async () => {
    const [person, other] = [await users.signUp(), await users.signUp()]
    await mutate(users, 'verifyEmail', { token: readToken(await sink.waitForMail(person.email)) })
    const query = `{ user(id: "${person.id}") { emailVerifiedAt sessions { id } } }`
    for (const viewer of [anonymous, other.viewer])
      expect(await users.query(query, {}, viewer)).toEqual({
        user: { emailVerifiedAt: null, sessions: null },
      })
  })

  it.each(['', 'x', 'a'.repeat(10_000), '{"$gt":""}'])('rejects the invalid token %.20s', async (token) => {
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token }))).toEqual([['EXPIRED', 'token']])
    const reset = await mutate(users, 'resetPassword', { token, newPassword: 'another good password' })
    expect(listUserErrors(reset)).toEqual([['EXPIRED', 'token']])
  })

  it('expires the token after a day, and sends another one on request', async () => {
    const person = await users.signUp()
    const first = readToken(await sink.waitForMail(person.email))
    clock.advance(24 * 60 * 60 * 1000 + 1)
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token: first }))).toEqual([
      ['EXPIRED', 'token'],
    ])
    expect(await mutate(users, 'sendEmailVerification', { email: person.email.toUpperCase() })).toEqual({
      userErrors: [],
    })
    const second = await waitForAnotherToken(person.email, [first])
    expect((await mutate(users, 'verifyEmail', { token: second })).userErrors).toEqual([])
  })

  it('limits the mails to one address to one per minute and five per hour, whether or not it has an account', async () => {
    for (const [email, first] of [
      // The sign-up has sent the first mail.
      [(await users.signUp()).email, 'RATE_LIMITED'],
      [newEmail(), 'sent'],
    ] as const) {
      const request = async () => {
        const document =
          'mutation ($input: SendEmailVerificationInput!) { sendEmailVerification(input: $input) { userErrors { code } } }'
        const { errors } = await users.send(document, { input: { email } }, anonymous, newAddress())
        return errors?.[0]?.extensions['code'] ?? 'sent'
      }
      expect([await request(), await request()]).toEqual([first, 'RATE_LIMITED'])
      for (let count = 2; count <= 5; count++) {
        clock.advance(60_000)
        expect(await request()).toBe('sent')
      }
      clock.advance(55 * 60_000)
      expect(await request()).toBe('RATE_LIMITED')
    }
  })
})

describe('a forgotten password', () => {
  it('is replaced by the token of a mail, which ends all sessions, signs in and proves the address', async () => {
    const person = await users.signUp()
    const elsewhere = await users.signIn(person)
    expect(await mutate(users, 'requestPasswordReset', { email: person.email })).toEqual({ userErrors: [] })
    const mail = await sink.waitForMail(person.email, /new password/)
    expect(mail.source).toContain('https://app.example/reset-password?token=')
    const token = readToken(mail)
    const short = await mutate(users, 'resetPassword', { token, newPassword: 'short' })
    expect(listUserErrors(short)).toEqual([['TOO_SHORT', 'newPassword']])
    const newPassword = 'a new password of mine'
    const reset = await mutate(users, 'resetPassword', { token, newPassword })
    expect(reset).toMatchObject({
      user: { id: person.id, email: person.email, emailVerifiedAt: clock.now().toISOString() },
      userErrors: [],
    })
    const { errors } = await users.send(documents.viewer, {}, elsewhere.viewer)
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
    await users.signIn({ email: person.email, password: newPassword })
    const again = await mutate(users, 'resetPassword', { token, newPassword: 'a third password of mine' })
    expect(listUserErrors(again)).toEqual([['EXPIRED', 'token']])
  })

  it('cannot be replaced after an hour, nor after the password was changed', async () => {
    const [late, changed] = [await users.signUp(), await users.signUp()]
    const requestToken = async ({ email }: Person) => {
      await mutate(users, 'requestPasswordReset', { email })
      return readToken(await sink.waitForMail(email, /new password/))
    }
    const tokens = [await requestToken(late), await requestToken(changed)]
    const input = { currentPassword: changed.password, newPassword: 'changed meanwhile' }
    await users.query(documents.changePassword, { input }, changed.viewer)
    clock.advance(60 * 60 * 1000 + 1)
    for (const token of tokens) {
      const payload = await mutate(users, 'resetPassword', { token, newPassword: 'too late for this' })
      expect(listUserErrors(payload)).toEqual([['EXPIRED', 'token']])
    }
  })

  it('is requested with the same commands whether or not the account exists', async () => {
    const person = await users.signUp()
    const standby = await startStandby(users)
    const record = async (email: string) => {
      let payload: unknown
      const commands = await standby.recordCommands(async () => {
        payload = await mutate(standby, 'requestPasswordReset', { email })
      })
      return { payload, commands }
    }
    const known = await record(person.email)
    expect(await record(newEmail())).toEqual(known)
    await standby.close()
    expect(known.payload).toEqual({ userErrors: [] })
    expect(known.commands).toEqual(['update', 'update'])
  })

  it('sends no mail to an address without an account', async () => {
    const email = newEmail()
    await mutate(users, 'requestPasswordReset', { email })
    await waitUntil('the mail is dropped', async () =>
      (await users.readCollection('mails')).every((mail) => mail['dueAt'] === undefined),
    )
    expect(sink.mails.filter(({ to }) => to.includes(email))).toEqual([])
    expect(JSON.stringify(await users.readCollection('mails'))).not.toContain(email)
  })
})

describe('a change of the address', () => {
  it('takes effect once the new address is verified, and sends a notice to the old one', async () => {
    const person = await users.signUp()
    await sink.waitForMail(person.email)
    const email = newEmail()
    const change = { newEmail: email, password: person.password }
    expect(await mutate(users, 'changeEmail', change, person.viewer)).toEqual({ userErrors: [] })
    const token = readToken(await sink.waitForMail(email, /Confirm/))
    const notice = await sink.waitForMail(person.email, /about to change/)
    expect(notice.source).not.toContain(email)
    expect((await readVerifiedAt(person)).email).toBe(person.email)
    await mutate(users, 'verifyEmail', { token })
    expect((await readVerifiedAt(person)).email).toBe(email)
    await users.signIn({ email, password: person.password })
  })

  it('requires the password', async () => {
    const person = await users.signUp()
    for (const [password, code] of [
      [undefined, 'REQUIRED'],
      [null, 'REQUIRED'],
      ['not the password', 'BAD_CREDENTIALS'],
    ]) {
      const payload = await mutate(users, 'changeEmail', { newEmail: newEmail(), password }, person.viewer)
      expect(listUserErrors(payload)).toEqual([[code, 'password']])
    }
  })

  it('does not reveal that another account has the address, and mails its owner', async () => {
    const [person, owner] = [await users.signUp(), await users.signUp()]
    clock.advance(60_000)
    const change = { newEmail: owner.email, password: person.password }
    expect(await mutate(users, 'changeEmail', change, person.viewer)).toEqual({ userErrors: [] })
    const mail = await sink.waitForMail(owner.email, /already have an account/)
    expect(mail.source).not.toContain('token=')
  })

  it('does not keep the owner of the new address from verifying it', async () => {
    const [owner, other] = [await users.signUp(), await users.signUp()]
    await sink.waitForMail(owner.email, /Confirm/)
    clock.advance(60_000)
    const change = { newEmail: owner.email, password: other.password }
    await mutate(users, 'changeEmail', change, other.viewer)
    await sink.waitForMail(owner.email, /already have an account/)
    clock.advance(60_000)
    await mutate(users, 'sendEmailVerification', { email: owner.email })
    const listMails = () =>
      sink.mails.filter(({ to, source }) => to.includes(owner.email) && /Confirm/.test(source))
    await waitUntil('a second mail', () => new Set(listMails().map(readToken)).size === 2)
    const token = readToken(listMails().at(-1) ?? { source: '' })
    expect((await mutate(users, 'verifyEmail', { token })).user).toMatchObject({ id: owner.id })
  })

  it('ends after 24 hours: no further mail is sent, and the address is removed', async () => {
    const person = await users.signUp()
    await sink.waitForMail(person.email)
    const email = newEmail()
    await mutate(users, 'changeEmail', { newEmail: email, password: person.password }, person.viewer)
    const token = readToken(await sink.waitForMail(email, /Confirm/))
    const findStored = async () => (await users.readCollection('users')).find(({ _id }) => _id === person.id)
    clock.advance(24 * 60 * 60 * 1000)
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token }))).toEqual([['EXPIRED', 'token']])
    await mutate(users, 'sendEmailVerification', { email })
    await waitUntil('the mail is dropped', async () =>
      (await users.readCollection('mails')).every((mail) => mail['dueAt'] === undefined),
    )
    expect(sink.mails.filter(({ to }) => to.includes(email))).toHaveLength(1)
    expect(JSON.stringify(await findStored())).toContain(email)
    const next = await startStandby(users)
    await waitUntil('the address is removed', async () => !JSON.stringify(await findStored()).includes(email))
    await next.close()
    clock.advance(-24 * 60 * 60 * 1000)
  })

  it('is stopped by a reset of the password', async () => {
    const person = await users.signUp()
    const email = newEmail()
    await mutate(users, 'changeEmail', { newEmail: email, password: person.password }, person.viewer)
    const changeToken = readToken(await sink.waitForMail(email, /Confirm/))
    await mutate(users, 'requestPasswordReset', { email: person.email })
    const token = readToken(await sink.waitForMail(person.email, /new password/))
    await mutate(users, 'resetPassword', { token, newPassword: 'the owner is back' })
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token: changeToken }))).toEqual([
      ['EXPIRED', 'token'],
    ])
  })

  it('is stopped by a change of the password, unlike the verification of the present address', async () => {
    const person = await users.signUp()
    const ownToken = readToken(await sink.waitForMail(person.email))
    const changePassword = async (currentPassword: string, newPassword: string, viewer: Viewer) => {
      const input = { currentPassword, newPassword }
      const { changePassword: payload } = await users.query(documents.changePassword, { input }, viewer)
      expect(payload.userErrors).toEqual([])
    }
    await changePassword(person.password, 'the owner is careful', person.viewer)
    expect((await mutate(users, 'verifyEmail', { token: ownToken })).userErrors).toEqual([])

    const password = 'the owner is careful'
    const viewer = (await users.signIn({ email: person.email, password })).viewer
    const email = newEmail()
    await mutate(users, 'changeEmail', { newEmail: email, password }, viewer)
    const token = readToken(await sink.waitForMail(email, /Confirm/))
    await changePassword(password, 'the owner is back', viewer)
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token }))).toEqual([['EXPIRED', 'token']])
  })

  it('makes the token of an earlier change useless', async () => {
    const person = await users.signUp()
    const [first, second] = [newEmail(), newEmail()]
    await mutate(users, 'changeEmail', { newEmail: first, password: person.password }, person.viewer)
    const token = readToken(await sink.waitForMail(first, /Confirm/))
    await mutate(users, 'changeEmail', { newEmail: second, password: person.password }, person.viewer)
    expect(listUserErrors(await mutate(users, 'verifyEmail', { token }))).toEqual([['EXPIRED', 'token']])
  })
})

describe('a sign-up with EMAIL_VERIFICATION=required', () => {
  const signUp = async (overrides: object = {}, system = strict) => {
    const input = makeSignUp(overrides)
    const { data } = await system.send(documents.signUp, { input }, anonymous, newAddress())
    return { input, payload: data.signUp }
  }
  const trySignIn = async ({ email, password }: { email: string; password: string }) =>
    (await strict.query(documents.signIn, { input: { email, password } })).signIn

  it('returns neither session nor user, and creates the account once the address is verified', async () => {
    const { input, payload } = await signUp()
    expect(payload).toEqual({ session: null, user: null, userErrors: [] })
    expect(listUserErrors(await trySignIn(input))).toEqual([['BAD_CREDENTIALS', null]])
    expect(await strict.query(`{ userByHandle(handle: "${input.handle}") { id } }`)).toEqual({
      userByHandle: null,
    })
    const token = readToken(await sink.waitForMail(input.email))
    expect((await mutate(strict, 'verifyEmail', { token })).userErrors).toEqual([])
    await strict.signIn(input)
  })

  it('responds equally, with the same commands, for an address with an account, whose owner is mailed', async () => {
    const { input: owner } = await signUp()
    await mutate(strict, 'verifyEmail', { token: readToken(await sink.waitForMail(owner.email)) })
    clock.advance(60_000)
    const standby = await startStandby(strict, { emailVerification: 'required' })
    const record = async (email: string) => {
      let payload: unknown
      const commands = await standby.recordCommands(async () => {
        payload = (await signUp({ email }, standby)).payload
      })
      return { payload, commands }
    }
    const unknown = await record(newEmail())
    expect(await record(owner.email)).toEqual(unknown)
    await standby.close()
    const mail = await sink.waitForMail(owner.email, /already have an account/)
    expect(mail.source).not.toContain('token=')
  })

  it('reserves the handle for 24 hours, also for an address with an account', async () => {
    const { input: owner } = await signUp()
    await mutate(strict, 'verifyEmail', { token: readToken(await sink.waitForMail(owner.email)) })
    clock.advance(60_000)
    for (const email of [newEmail(), owner.email]) {
      const { input } = await signUp({ email })
      const { payload } = await signUp({ handle: input.handle })
      expect(listUserErrors(payload)).toEqual([['TAKEN', 'handle']])
    }
  })

  it('expires after 24 hours', async () => {
    const { input } = await signUp()
    const token = readToken(await sink.waitForMail(input.email))
    clock.advance(24 * 60 * 60 * 1000 + 1)
    expect(listUserErrors(await mutate(strict, 'verifyEmail', { token }))).toEqual([['EXPIRED', 'token']])
  })

  it('creates one account of several sign-ups with one address', async () => {
    const email = newEmail()
    const tokens: string[] = []
    for (let count = 1; count <= 2; count++) {
      await signUp({ email })
      tokens.push(await waitForAnotherToken(email, tokens))
      clock.advance(60_000)
    }
    const results = []
    for (const token of tokens) results.push(listUserErrors(await mutate(strict, 'verifyEmail', { token })))
    expect(results).toEqual([[], [['TAKEN', 'token']]])
  })

  it('does not reveal by the resend of a mail whether an address has a pending sign-up', async () => {
    const { input } = await signUp()
    clock.advance(60_000)
    for (const email of [input.email, newEmail()])
      expect(await mutate(strict, 'sendEmailVerification', { email })).toEqual({ userErrors: [] })
  })
})

describe('the sessions of a user', () => {
  const listSessions = async ({ viewer }: Person) =>
    (await users.query('{ viewer { sessions { id createdAt network isCurrent } } }', {}, viewer)).viewer
      .sessions
  const revoke = async (viewer: Viewer, sessionId: string) => {
    const document = `mutation ($input: RevokeSessionInput!) {
      revokeSession(input: $input) { revokedSessionId userErrors { code field } } }`
    return (await users.query(document, { input: { sessionId } }, viewer)).revokeSession
  }

  it('are listed, and end one by one when they are revoked', async () => {
    const person = await users.signUp()
    clock.advance(1000)
    const elsewhere = await users.signIn(person)
    const sessions = await listSessions(person)
    expect(sessions).toMatchObject([
      { isCurrent: false },
      { isCurrent: true, network: expect.stringMatching(/0\/24$/) },
    ])
    const [{ id }] = sessions
    expect(await revoke(person.viewer, id)).toEqual({ revokedSessionId: id, userErrors: [] })
    expect((await users.send(documents.viewer, {}, elsewhere.viewer)).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ])
    expect(await listSessions(person)).toMatchObject([{ isCurrent: true }])
    expect(listUserErrors(await revoke(person.viewer, id))).toEqual([['NOT_FOUND', 'sessionId']])
  })

  it('cannot be revoked by another user', async () => {
    const [person, other] = [await users.signUp(), await users.signUp()]
    const [{ id }] = await listSessions(person)
    expect(listUserErrors(await revoke(other.viewer, id))).toEqual([['NOT_FOUND', 'sessionId']])
  })
})
