import type { GraphQLFormattedError } from 'graphql'

import { startIdentityProvider, TestBrowser } from '../support/identityProvider'
import { createTestWorkspace, generousTimeouts, waitUntil } from '../support/processes'
import { readToken, startSmtpSink, type ReceivedMail, type SmtpSink } from '../support/smtpSink'
import { startTestSystem } from './feed/system'

const workspace = createTestWorkspace()
afterEach(() => workspace.cleanUp())

const appUrl = 'https://community.example'
const redirectUri = 'http://127.0.0.1/sign-in/callback'
const administrator = { email: 'root@community.example', password: 'the first administrator' }

/** Starts a system with a mail server and an identity provider. */
async function startCommunity() {
  const sink = await startSmtpSink()
  workspace.later(() => sink.stop())
  const provider = await startIdentityProvider('campus', [redirectUri])
  workspace.later(() => provider.stop())
  const { issuer, clientId, clientSecret } = provider.settings
  const { url } = await startTestSystem(workspace, {
    ...generousTimeouts,
    WRITE_LIMITS: 'true',
    SMTP_URL: sink.url,
    MAIL_FROM: 'Community <mail@community.example>',
    APP_URL: appUrl,
    ADMIN_EMAIL: administrator.email,
    ADMIN_PASSWORD: administrator.password,
    OIDC_CAMPUS_ISSUER: issuer,
    OIDC_CAMPUS_CLIENT_ID: clientId,
    OIDC_CAMPUS_CLIENT_SECRET: clientSecret,
    OIDC_REDIRECT_URIS: redirectUri,
  })
  return { sink, provider, ...createFrontend(url) }
}

interface Session {
  accessToken: string
  refreshToken: string
}

interface Member {
  id: string
  email: string
  password: string
  session: Session
}

interface Response {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the operations select the fields
  data: any
  errors?: GraphQLFormattedError[]
}

const sessionFields = 'session { accessToken refreshToken } user { id }'

/** Creates functions that send operations to the router, as a frontend does. */
function createFrontend(url: string) {
  async function send(query: string, variables: object, session: Session | undefined): Promise<Response> {
    const authorization = session && { authorization: `Bearer ${session.accessToken}` }
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ query, variables }),
    })
    return (await response.json()) as Response
  }

  const sendMutation = (name: string, fields: string, input: object, session?: Session) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`
    return send(query, { input }, session)
  }

  /** Sends a mutation, expects success, and returns the payload. */
  async function act(name: string, fields: string, input: object, session?: Session) {
    const { data, errors } = await sendMutation(name, fields, input, session)
    expect({ name, errors, userErrors: data?.[name]?.userErrors }).toEqual({ name, userErrors: [] })
    return data[name]
  }

  async function read(fields: string, session?: Session) {
    const { data, errors } = await send(`{ ${fields} }`, {}, session)
    expect(errors).toBeUndefined()
    return data
  }

  return {
    act,
    read,
    /** Returns the codes of the errors of a mutation that is refused. */
    async readRefusal(name: string, input: object, session?: Session) {
      const { data, errors } = await sendMutation(name, '', input, session)
      return [...(errors ?? []), ...(data?.[name]?.userErrors ?? [])].map(
        (error) => error.extensions?.code ?? error.code,
      )
    },
    async signIn({ email, password }: Pick<Member, 'email' | 'password'>): Promise<Session> {
      return (await act('signIn', sessionFields, { email, password })).session
    },
    /** Returns the notifications of the viewer, newest first, once there is one of this type. */
    async waitForNotification(type: string, session: Session) {
      const find = async () => {
        const { viewer } = await read(
          'viewer { unreadNotificationCount notifications(first: 10) { nodes { id type text readAt subject { ... on Event { id } } } } }',
          session,
        )
        return viewer.notifications.nodes.find((each: { type: string }) => each.type === type)
      }
      await waitUntil(`a notification ${type}`, async () => (await find()) !== undefined)
      return find()
    },
  }
}

type Community = Awaited<ReturnType<typeof startCommunity>>

/** Signs up with a password, and verifies the address with the link in the mail. */
async function join({ act, sink }: Community, handle: string): Promise<Member> {
  const credentials = { email: `${handle}@community.example`, password: `${handle} may come in` }
  const { session, user } = await act('signUp', sessionFields, {
    ...credentials,
    handle,
    displayName: handle,
  })
  await act('verifyEmail', 'user { id }', {
    token: await readLinkToken(sink, credentials.email, 'verify-email'),
  })
  return { id: user.id, ...credentials, session }
}

/** Resolves with the newest mail to an address that contains a text. Subjects with quotation marks are encoded. */
async function waitForMail(sink: SmtpSink, email: string, text: string): Promise<ReceivedMail> {
  const find = () => sink.mails.findLast((mail) => mail.to.includes(email) && mail.source.includes(text))
  await waitUntil(`a mail to ${email} with ${text}`, () => find() !== undefined)
  return find() as ReceivedMail
}

/** Returns the token of the link to a page of the frontend, in the newest mail to an address. */
const readLinkToken = async (sink: SmtpSink, email: string, page: string) =>
  readToken(await waitForMail(sink, email, `${appUrl}/${page}?token=`))

async function resetPassword({ act, sink }: Community, member: Member, newPassword: string): Promise<Member> {
  await act('requestPasswordReset', '', { email: member.email })
  const token = await readLinkToken(sink, member.email, 'reset-password')
  const { session } = await act('resetPassword', sessionFields, { token, newPassword })
  return { ...member, password: newPassword, session }
}

async function signInWithProvider({ act }: Community, login: string) {
  const { authorizationUrl, flowToken } = await act('startIdentitySignIn', 'authorizationUrl flowToken', {
    provider: 'campus',
    redirectUri,
  })
  const callbackUrl = await new TestBrowser().signIn(authorizationUrl, redirectUri, login)
  return act('completeIdentitySignIn', `${sessionFields} isNewUser`, { flowToken, callbackUrl })
}

it('serves a community from the first sign-up to the check-in, and moderates it', async () => {
  const community = await startCommunity()
  const { act, read, readRefusal, signIn, sink, provider, waitForNotification } = community

  // Accounts: the organizer forgets the password, and then links a provider that has verified the same address.
  const joined = await join(community, 'olga')
  const olga = await resetPassword(community, joined, 'a password to remember')
  expect(await readRefusal('refreshSession', { refreshToken: joined.session.refreshToken })).toEqual([
    'EXPIRED',
  ])
  const { email, password } = joined
  expect(await readRefusal('signIn', { email, password })).toEqual(['BAD_CREDENTIALS'])
  await provider.setPerson('olga', { email: olga.email, email_verified: true, name: 'Olga' })
  const linked = await signInWithProvider(community, 'olga')
  expect(linked).toMatchObject({ isNewUser: false, user: { id: olga.id } })
  await provider.setPerson('max', { email: 'max@community.example', email_verified: true, name: 'Max' })
  const max = await signInWithProvider(community, 'max')
  expect(max.isNewUser).toBe(true)
  const wanda = await join(community, 'wanda')

  // An event with one seat: one member registers, the other waits and is promoted.
  const { event } = await act(
    'createEvent',
    'event { id }',
    {
      title: 'Bread baking',
      description: 'One oven, one place.',
      startsAt: new Date(Date.now() + 3_600_000).toISOString(),
      timeZone: 'Europe/Stockholm',
      venue: { name: 'The kitchen' },
      capacity: 1,
      publish: true,
    },
    linked.session,
  )
  const register = (session: Session) =>
    act('registerForEvent', 'registration { id status waitlistPosition }', { eventId: event.id }, session)
  const { registration: confirmed } = await register(max.session)
  expect(confirmed.status).toBe('CONFIRMED')
  const { registration: waiting } = await register(wanda.session)
  expect(waiting).toMatchObject({ status: 'WAITLISTED', waitlistPosition: 1 })
  await act('cancelRegistration', 'registration { status }', { registrationId: confirmed.id }, max.session)
  const notification = await waitForNotification('WAITLIST_PROMOTED', wanda.session)
  expect(notification).toMatchObject({ readAt: null, subject: { id: event.id } })
  const mail = await waitForMail(sink, wanda.email, 'moved up from the waitlist')
  expect(mail.source).toContain(`${appUrl}/events/${event.id}`)
  const { user } = await act(
    'markNotificationsRead',
    'user { notifications(first: 10) { nodes { id readAt } } }',
    { upTo: notification.id },
    wanda.session,
  )
  // The reminder of the event may have arrived as well.
  expect(user.notifications.nodes).toContainEqual({ id: notification.id, readAt: expect.any(String) })
  const { event: promotedTo } = await read(
    `event(id: "${event.id}") { viewerRegistration { ticketCode } }`,
    wanda.session,
  )
  const { ticketCode } = promotedTo.viewerRegistration
  const checkIn = () =>
    act(
      'checkIn',
      'alreadyCheckedIn registration { id arrivedCount user { id } }',
      { eventId: event.id, ticketCode },
      linked.session,
    )
  const arrived = { registration: { id: waiting.id, arrivedCount: 1, user: { id: wanda.id } } }
  expect(await checkIn()).toMatchObject({ alreadyCheckedIn: false, ...arrived })
  expect(await checkIn()).toMatchObject({ alreadyCheckedIn: true, ...arrived })

  // Moderation: a reported post is removed, and its author suspended.
  const admin = await signIn(administrator)
  const mona = await join(community, 'mona')
  await act('setUserRole', 'user { role }', { userId: mona.id, role: 'MODERATOR' }, admin)
  await waitForMail(sink, mona.email, 'Your role is now moderator.')
  const moderator = await signIn(mona)
  const { post } = await act(
    'createPost',
    'post { id }',
    { title: 'Cheap ovens', body: 'Buy now!', publish: true },
    max.session,
  )
  await act(
    'report',
    'report { id }',
    { subjectId: post.id, reason: 'SPAM', note: 'An advertisement.' },
    wanda.session,
  )
  const { reports } = await read(
    'reports(statuses: [OPEN]) { nodes { id reason note reporter { id } subject { ... on Post { id title author { id } } } } }',
    moderator,
  )
  expect(reports.nodes).toMatchObject([
    { reason: 'SPAM', note: 'An advertisement.', reporter: { id: wanda.id }, subject: { id: post.id } },
  ])
  const [{ id: reportId, subject }] = reports.nodes
  await act('deletePost', 'deletedPostId', { postId: post.id, reason: 'Advertising' }, moderator)
  await act('resolveReport', 'report { status }', { reportId, status: 'RESOLVED' }, moderator)
  await act('suspendUser', 'user { id }', { userId: subject.author.id, reason: 'Spam' }, moderator)

  expect((await read(`post(id: "${post.id}") { id }`, wanda.session)).post).toBeNull()
  await waitForNotification('REPORT_RESOLVED', wanda.session)
  const { session: renewed } = await act('refreshSession', sessionFields, {
    refreshToken: max.session.refreshToken,
  })
  const next = { title: 'Cheaper ovens', body: 'Buy now!', publish: true }
  expect(await readRefusal('createPost', next, renewed)).toEqual(['FORBIDDEN'])
  expect(await readRefusal('registerForEvent', { eventId: event.id }, renewed)).toEqual(['FORBIDDEN'])
  await waitUntil('the access token from before the suspension is refused', async () =>
    (await readRefusal('createPost', next, max.session)).includes('UNAUTHENTICATED'),
  )

  const readLog = async () => {
    const { moderationLog } = await read(
      'moderationLog(first: 10) { nodes { type reason moderator { id } subject { ... on User { id } ... on Post { id } } } }',
      moderator,
    )
    return moderationLog.nodes as { type: string; reason: string | null }[]
  }
  await waitUntil('the log has all acts', async () => (await readLog()).length >= 4)
  expect((await readLog()).sort((a, b) => (a.type < b.type ? -1 : 1))).toMatchObject([
    { type: 'REMOVE_POST', reason: 'Advertising', moderator: { id: mona.id }, subject: { id: post.id } },
    { type: 'RESOLVE_REPORT', moderator: { id: mona.id }, subject: { id: post.id } },
    { type: 'SET_ROLE', subject: { id: mona.id } },
    { type: 'SUSPEND_USER', reason: 'Spam', moderator: { id: mona.id }, subject: { id: max.user.id } },
  ])
})
