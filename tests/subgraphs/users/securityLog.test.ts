import { anonymous } from '../../../packages/auth/viewer'
import { createCapturedLog } from '../../support/capturedLog'
import { createClock, documents, startUsers, type Person, type TestUsers } from './support'

const clock = createClock()
const { log, lines } = createCapturedLog()
let users: TestUsers
let person: Person
beforeAll(async () => {
  users = await startUsers({ now: clock.now, log })
  person = await users.signUp()
})
afterAll(() => users.close())

/** Returns the security events that `work` logs, without the fields common to all lines. */
async function captureEvents(work: () => Promise<unknown>): Promise<Record<string, unknown>[]> {
  const start = lines.length
  await work()
  return lines
    .slice(start)
    .filter(({ msg }) => msg === 'Security event')
    .map(({ level: _, time: __, pid: ___, hostname: ____, msg: _____, ...line }) => line)
}

const network = '192.0.2.0/24'
const signIn = (password: string, email = person.email) =>
  users.send(documents.signIn, { input: { email, password } }, anonymous)
const userId = () => person.id

it('logs a failed sign-in with its account, or null without one', async () => {
  expect(await captureEvents(() => signIn('a wrong guess'))).toEqual([
    { event: 'sign-in.failed', userId: userId(), network },
  ])
  expect(await captureEvents(() => signIn('a wrong guess', 'nobody@example.org'))).toEqual([
    { event: 'sign-in.failed', userId: null, network },
  ])
  expect(await captureEvents(() => signIn(person.password))).toEqual([])
})

it('logs a wrong current password and each ended session', async () => {
  const user = await users.signUp()
  const { id, viewer, session } = user
  const change = (currentPassword: string) =>
    users.query(
      documents.changePassword,
      { input: { currentPassword, newPassword: 'a new password' } },
      viewer,
    )
  expect(await captureEvents(() => change('not the password'))).toEqual([
    { event: 'password.refused', userId: id, network },
  ])
  expect(await captureEvents(() => change(user.password))).toEqual([
    { event: 'session.ended', reason: 'passwordChanged', userId: id, everywhere: true, network },
  ])
  expect(await captureEvents(() => signOut(session.refreshToken))).toEqual([])

  const password = 'a new password'
  const [one, two] = [
    await users.signIn({ email: user.email, password }),
    await users.signIn({ email: user.email, password }),
  ]
  const { sessionId } = one.viewer
  expect(await captureEvents(() => signOut(one.session.refreshToken))).toEqual([
    { event: 'session.ended', reason: 'signOut', userId: id, sessionId, everywhere: false, network },
  ])
  expect(await captureEvents(() => signOut(two.session.refreshToken, true))).toMatchObject([
    { event: 'session.ended', reason: 'signOut', everywhere: true },
  ])
  const last = await users.signIn({ email: user.email, password })
  expect(
    await captureEvents(() => users.query(documents.deleteAccount, { input: { password } }, last.viewer)),
  ).toEqual([{ event: 'session.ended', reason: 'accountDeleted', userId: id, everywhere: true, network }])
})

const signOut = (refreshToken: string, everywhere = false) =>
  users.query(documents.signOut, { input: { refreshToken, everywhere } })

it('logs the reuse of a refresh token', async () => {
  const { session, viewer } = await users.signIn(person)
  const refresh = () =>
    users.query(documents.refreshSession, { input: { refreshToken: session.refreshToken } })
  await refresh()
  clock.advance(10_001)
  expect(await captureEvents(refresh)).toEqual([
    { event: 'refresh-token.reused', userId: userId(), sessionId: viewer.sessionId, network },
  ])
})

it('logs a role change and the administrator who made it', async () => {
  const administrator = await users.administrator()
  const change = () =>
    users.query(
      documents.setUserRole,
      { input: { userId: person.id, role: 'MODERATOR' } },
      administrator.viewer,
    )
  expect(await captureEvents(change)).toEqual([
    { event: 'role.changed', userId: userId(), role: 'MODERATOR', by: administrator.id, network },
  ])
})

it('logs throttled requests with the limit, and the account of a sign-in', async () => {
  const guess = () => signIn('a wrong guess', 'guessed@example.org')
  const throttled = await captureEvents(async () => {
    for (let count = 0; count < 40; count++) await guess()
  })
  const line = {
    event: 'request.throttled',
    field: 'signIn',
    limit: 'password.accountAndNetwork.burst',
    network,
  }
  expect(throttled).toContainEqual(line)

  const user = await users.signUp()
  const guesses = await captureEvents(async () => {
    for (let count = 0; count < 11; count++) await signIn('a wrong guess', user.email)
  })
  expect(guesses.at(-1)).toEqual({ ...line, userId: user.id })
  expect(JSON.stringify(guesses)).not.toContain(user.email)
})

it('logs no password, token, email address or full network address', () => {
  const text = JSON.stringify(lines)
  expect(lines.length).toBeGreaterThan(0)
  for (const secret of [person.password, person.email, person.session.refreshToken, '192.0.2.1"'])
    expect(text).not.toContain(secret)
})
