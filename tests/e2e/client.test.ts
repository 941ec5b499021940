import { transformSync } from 'esbuild'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import {
  AddCommentDocument,
  CancelRegistrationDocument,
  CheckInDocument,
  createClient,
  CreateEventDocument,
  CreatePostDocument,
  CheckInListDocument,
  EventPageDocument,
  EventsDocument,
  FeedDocument,
  memorySession,
  MyRegistrationsDocument,
  PostWithThreadDocument,
  ProfileDocument,
  RegisterForEventDocument,
  RepliesDocument,
  SettingsDocument,
  MyRegistrationDocument,
  UpdateProfileDocument,
  UserCommentsDocument,
  ViewerDocument,
} from '../../client/src'
import { installClientConsumer, execFileAsync } from '../support/installClientConsumer'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'

let agora: TestSupergraph
beforeAll(async () => {
  agora = await startSupergraph()
})
afterAll(() => agora.close())

/** Creates an account with a signed-in client. */
async function signUp(handle: string) {
  let renewals = 0
  const client = createClient({
    url: agora.url,
    session: memorySession(),
    fetch: (url, init) => {
      if (String(init?.body).includes('"operationName":"RefreshSession"')) renewals++
      return fetch(url, init)
    },
  })
  const account = {
    email: `${handle}@example.org`,
    password: 'correct horse battery',
    handle,
    displayName: handle,
  }
  const payload = await client.signUp(account)
  expect(payload?.userErrors).toEqual([])
  return { client, account, renewals: () => renewals }
}

describe('the fetch client against the running system', () => {
  it('renews a session once for 50 requests', async () => {
    const { client, renewals } = await signUp('refresher')
    const first = await client.getSession()
    if (!first) throw new Error('There is no session after signing up')
    await client.setSession({ ...first, accessTokenExpiresAt: new Date().toISOString() })
    const results = await Promise.all(Array.from({ length: 50 }, () => client.request(ViewerDocument)))
    expect(new Set(results.map(({ viewer }) => viewer?.handle))).toEqual(new Set(['refresher']))
    expect(renewals()).toBe(1)
    expect((await client.getSession())?.refreshToken).not.toBe(first.refreshToken)
  })

  it('renews a session whose access token is rejected', async () => {
    const { client, renewals } = await signUp('rejected')
    const first = await client.getSession()
    if (!first) throw new Error('There is no session after signing up')
    await client.setSession({ ...first, accessToken: `${first.accessToken}x` })
    expect((await client.request(ViewerDocument)).viewer?.handle).toBe('rejected')
    expect(renewals()).toBe(1)
  })

  it('signs out when its refresh token is revoked', async () => {
    const { client } = await signUp('outsider')
    const session = await client.getSession()
    await client.signOut({ everywhere: true })
    await client.setSession(session && { ...session, accessTokenExpiresAt: new Date().toISOString() })
    expect((await client.request(ViewerDocument)).viewer).toBeNull()
    expect(await client.getSession()).toBeNull()
  })

  it('runs the operations of every screen', async () => {
    const host = await signUp('host_of_all')
    const guest = await signUp('guest_of_all')
    const { createEvent } = await host.client.request(CreateEventDocument, {
      input: {
        title: 'Repair café',
        description: 'Bring *things*.',
        // Check-in opens a day before.
        startsAt: new Date(new Date().getTime() + 3_600_000).toISOString(),
        timeZone: 'Europe/Stockholm',
        venue: { name: 'The shed', city: 'Uppsala', countryCode: 'SE', latitude: 59.86, longitude: 17.64 },
        capacity: 10,
        publish: true,
      },
    })
    const eventId = createEvent?.event?.id ?? ''
    const { createPost } = await host.client.request(CreatePostDocument, {
      input: { title: 'Who comes?', body: 'Say so below.', eventId, publish: true },
    })
    const postId = createPost?.post?.id ?? ''
    const { addComment } = await guest.client.request(AddCommentDocument, { input: { postId, body: 'Me!' } })
    const commentId = addComment?.commentEdge?.node.id ?? ''
    await host.client.request(AddCommentDocument, { input: { postId, body: 'Good.', parentId: commentId } })

    const { post } = await guest.client.request(PostWithThreadDocument, { id: postId })
    expect(post).toMatchObject({
      commentCount: 2,
      author: { handle: 'host_of_all' },
      event: { title: 'Repair café' },
      comments: { nodes: [{ body: 'Me!', replyCount: 1, replies: { nodes: [{ body: 'Good.' }] } }] },
    })
    const { comment } = await guest.client.request(RepliesDocument, { commentId })
    expect(comment?.replies?.nodes).toMatchObject([{ body: 'Good.', author: { handle: 'host_of_all' } }])
    expect((await guest.client.request(FeedDocument)).posts?.nodes).toMatchObject([{ title: 'Who comes?' }])
    expect((await guest.client.request(EventsDocument)).events?.nodes).toMatchObject([
      { venue: { city: 'Uppsala' } },
    ])

    const { registerForEvent } = await guest.client.request(RegisterForEventDocument, {
      input: { eventId, guestCount: 1 },
    })
    expect(registerForEvent).toMatchObject({ registration: { status: 'CONFIRMED' }, event: { seatsLeft: 8 } })
    const { event: page } = await guest.client.request(EventPageDocument, { id: eventId })
    expect(page).toMatchObject({ posts: { nodes: [{ id: postId }] }, viewerRegistration: { guestCount: 1 } })
    const { event: ticket } = await guest.client.request(MyRegistrationDocument, { eventId })
    const ticketCode = ticket?.viewerRegistration?.ticketCode ?? ''

    const { event: checkInList } = await host.client.request(CheckInListDocument, { eventId })
    expect(checkInList?.registrations?.nodes).toMatchObject([
      { user: { handle: 'guest_of_all' }, checkedInAt: null },
    ])
    const { checkIn } = await host.client.request(CheckInDocument, { input: { eventId, ticketCode } })
    expect(checkIn).toMatchObject({ alreadyCheckedIn: false, registration: { event: { checkedInCount: 1 } } })

    const { viewer } = await guest.client.request(MyRegistrationsDocument)
    expect(viewer?.registrations?.nodes).toMatchObject([{ event: { title: 'Repair café' } }])
    const { updateProfile } = await host.client.request(UpdateProfileDocument, {
      input: { bio: 'Fixes *all*.' },
    })
    const { userByHandle } = await guest.client.request(ProfileDocument, { handle: 'host_of_all' })
    expect(userByHandle).toMatchObject({
      bio: 'Fixes *all*.',
      posts: { nodes: [{ title: 'Who comes?' }] },
      organizedEvents: { nodes: [{ title: 'Repair café' }] },
    })
    const { user } = await host.client.request(UserCommentsDocument, {
      userId: updateProfile?.user?.id ?? '',
    })
    expect(user?.comments?.nodes).toMatchObject([{ body: 'Good.', post: { title: 'Who comes?' } }])
    expect((await host.client.request(SettingsDocument)).viewer?.email).toBe('host_of_all@example.org')

    const { registerForEvent: mine } = await host.client.request(RegisterForEventDocument, {
      input: { eventId },
    })
    const { cancelRegistration } = await host.client.request(CancelRegistrationDocument, {
      input: { registrationId: mine?.registration?.id ?? '' },
    })
    expect(cancelRegistration).toMatchObject({
      registration: { status: 'CANCELLED' },
      event: { seatsTaken: 2 },
    })
  })
})

describe('a consumer of the installed package against the running system', () => {
  let consumer: Awaited<ReturnType<typeof installClientConsumer>>
  beforeAll(async () => {
    consumer = await installClientConsumer()
    for (const name of ['fetchClient', 'apolloClient', 'urqlClient']) {
      const source = readFileSync(join(consumer.folder, `${name}.ts`), 'utf8')
      writeFileSync(
        join(consumer.folder, `${name}.mjs`),
        transformSync(source, { loader: 'ts', format: 'esm' }).code,
      )
    }
  })
  afterAll(() => consumer.remove())

  /** Calls a function of the consumer in a separate process, and returns its result. */
  async function consume(module: string, call: string): Promise<unknown> {
    const file = join(consumer.folder, 'main.mjs')
    writeFileSync(
      file,
      `import * as module from './${module}.mjs'\nconsole.log(JSON.stringify(await module.${call}))`,
    )
    const { stdout } = await execFileAsync(process.execPath, [file])
    return JSON.parse(stdout)
  }

  it('signs up, posts, comments and reads with the fetch client', async () => {
    const result = await consume('fetchClient', `signUpAndPost('${agora.url}', 'author')`)
    expect(result).toMatchObject({
      viewer: { handle: 'author' },
      post: { title: 'Hello', tags: ['greeting'], comments: { nodes: [{ body: 'First!' }] } },
      comment: { body: 'First!' },
      feed: expect.arrayContaining([['Hello', 'PUBLISHED']]),
    })
  })

  it('merges two pages with Apollo Client, and signs in', async () => {
    const { client, account } = await signUp('pager')
    for (const title of ['One', 'Two', 'Three', 'Four']) {
      await client.request(CreatePostDocument, { input: { title, body: title, publish: true } })
    }
    const { posts } = await client.request(FeedDocument, { first: 4 })
    const ids = await consume('apolloClient', `loadTwoPages('${agora.url}', 2)`)
    expect(ids).toEqual(posts?.nodes.map(({ id }) => id))
    const token = await consume(
      'apolloClient',
      `signIn('${agora.url}', '${account.email}', '${account.password}')`,
    )
    expect(token).toEqual(expect.any(String))
  })

  it.each([
    ['fetchClient', 'waitForComment', { author: 'talker_fetchclient' }],
    ['apolloClient', 'waitForThreadChange', expect.arrayContaining([expect.stringMatching(/^Number/)])],
  ])('receives comments with %s', async (module, call, expected) => {
    const { client } = await signUp(`talker_${module.toLowerCase()}`)
    const input = { title: 'Talk', body: 'Here.', publish: true }
    const { createPost } = await client.request(CreatePostDocument, { input })
    const postId = createPost?.post?.id ?? ''
    let received: unknown
    const waiting = consume(module, `${call}('${agora.url}', '${postId}')`).then((it) => (received = it))
    // Repeated, since the test cannot observe when the other process has subscribed.
    for (let number = 1; received === undefined && number < 500; number++) {
      await client.request(AddCommentDocument, { input: { postId, body: `Number ${number}` } })
      await Promise.race([waiting, wait(200)])
    }
    await waiting
    expect(received).toMatchObject(expected)
  })

  it('reads the feed with urql', async () => {
    const { client } = await signUp('urqler')
    await client.request(CreatePostDocument, { input: { title: 'For urql', body: 'x', publish: true } })
    expect(await consume('urqlClient', `feedTitles('${agora.url}')`)).toContain('For urql')
    expect(await consume('urqlClient', `eventPage('${agora.url}', 'evt_${'0'.repeat(32)}')`)).toBeNull()
  })
})
