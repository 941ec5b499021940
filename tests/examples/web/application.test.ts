import type { Page } from 'playwright-core'
import { gzipSync } from 'node:zlib'

import { hasChromium } from '../../support/chromium'
import {
  findViolations,
  startExampleApplication,
  type ExampleApplication,
} from '../../support/exampleApplication'
import { startSmtpSink, type SmtpSink } from '../../support/smtpSink'
import { administrator, startSupergraph, type TestSupergraph, type TestUser } from '../../support/supergraph'

// Installs and builds the application, which takes a minute: one of the long tests. Needs Chromium.
const isIncluded = process.env['FULL'] !== undefined && hasChromium
const test = isIncluded ? globalThis.test : globalThis.test.skip

let sink: SmtpSink
let agora: TestSupergraph
let app: ExampleApplication
let ida: TestUser
let ole: TestUser
let moderator: TestUser
let postId: string
let eventId: string

const createPost = async (title: string, author: TestUser): Promise<string> => {
  const { createPost } = await agora.query(
    `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { message } } }`,
    { input: { title, body: 'Say **something**.', tags: ['talk'], publish: true } },
    author,
  )
  return createPost.post.id
}

beforeAll(async () => {
  if (!isIncluded) return
  sink = await startSmtpSink()
  const { url } = sink
  agora = await startSupergraph({ NODE_ENV: 'development' }, undefined, {
    mailDelivery: { kind: 'smtp', url, from: 'agora@agora.example', appUrl: 'https://app.example' },
  })
  app = await startExampleApplication(agora.url)
  ida = await agora.signUp('ida')
  ole = await agora.signUp('ole')
  moderator = await agora.signUp('mona')
  await agora.query(
    `mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { userErrors { message } } }`,
    { input: { userId: moderator.id, role: 'MODERATOR' } },
    await agora.signIn(administrator),
  )
  postId = await createPost('The first post', ida)
  const startsAt = new Date(Date.now() + 86_400_000 * 3).toISOString()
  const { createEvent } = await agora.query(
    `mutation ($input: CreateEventInput!) { createEvent(input: $input) { event { id } userErrors { message } } }`,
    {
      input: {
        title: 'A small workshop',
        description: 'One seat.',
        startsAt,
        timeZone: 'Europe/Paris',
        capacity: 1,
        maxGuests: 0,
        publish: true,
      },
    },
    ida,
  )
  eventId = createEvent.event.id
}, 900_000)

afterAll(async () => {
  if (!isIncluded) return
  await app.close()
  await agora.close()
  await sink.stop()
})

const closePages = (...pages: Page[]) => Promise.all(pages.map((page) => page.context().close()))

test.each([
  ['a visitor', () => undefined],
  ['a signed-in user', () => ida],
])('loads the feed of %s with 150 kB of scripts and two requests to the endpoint', async (_, findUser) => {
  const user = findUser()
  const page = await app.open('/sign-up', user && { user })
  await page.goto('about:blank')
  // With a route the browser does not read from its cache.
  await page.route('**/*.js', (route) => route.continue())
  const scripts: Promise<Buffer>[] = []
  const requests: string[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/graphql')) requests.push(request.postData() ?? request.url())
  })
  page.on('websocket', (socket) => requests.push(socket.url()))
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) scripts.push(response.body())
  })
  await page.goto(`${app.url}/`)
  await page.getByRole('link', { name: 'The first post' }).waitFor()
  await page.waitForLoadState('networkidle')
  expect(requests.length).toBeLessThanOrEqual(2)
  const scriptBytes = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0)
  expect(scriptBytes).toBeGreaterThan(0)
  expect(scriptBytes).toBeLessThanOrEqual(150_000)
  await closePages(page)
})

test('offers new posts to a reader, and loads older ones on scrolling', async () => {
  for (let number = 1; number <= 25; number++) await createPost(`Post number ${number}`, ole)
  const page = await app.open('/')
  await page.getByRole('link', { name: 'Post number 25' }).waitFor()
  await page.mouse.wheel(0, 20_000)
  await page.getByRole('link', { name: 'The first post' }).waitFor()

  await createPost('Fresh from the press', ole)
  await page.getByRole('button', { name: 'Show 1 new post' }).click()
  await page.getByRole('link', { name: 'Fresh from the press' }).waitFor()
  expect(await page.getByRole('link', { name: 'Post number 25' }).count()).toBe(1)
  await closePages(page)
})

test('signs up with errors at their fields, edits the profile, and resets the password by mail', async () => {
  const page = await app.open('/sign-up')
  await page.getByLabel('Name').fill('Nia')
  await page.getByLabel('Handle').fill('ida')
  await page.getByLabel('Email').fill('nia@agora.example')
  await page.getByLabel('Password').fill('nia may enter')
  await page.getByRole('button', { name: 'Create account' }).click()
  const handle = page.getByLabel('Handle')
  await page.locator('[name="handle"][aria-invalid="true"]').waitFor()
  expect(await handle.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true)
  await handle.fill('nia')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('link', { name: 'Account of Nia' }).click()

  await page.getByLabel('Location').fill('Nairobi')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.getByRole('link', { name: 'Security' }).click()
  await page.getByText('This session').waitFor()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('link', { name: 'Sign in' }).click()

  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('Email').fill('nia@agora.example')
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByText('it receives a link').waitFor()
  const { source } = await sink.waitForMail('nia@agora.example', /password/i)
  const [path] = /\/reset-password\?token=[\w-]+/.exec(source) ?? []
  await page.goto(`${app.url}${path}`)
  await page.getByLabel('New password').fill('nia may enter again')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await page.getByRole('link', { name: 'Account of Nia' }).waitFor()
  await closePages(page)
})

test('shows a reply before the server has responded, and then in another browser', async () => {
  const [writer, reader] = await Promise.all([
    app.open(`/posts/${postId}`, { user: ole }),
    app.open(`/posts/${postId}`),
  ])
  await writer.getByRole('textbox', { name: 'Your comment' }).fill('First!')
  await writer.getByRole('button', { name: 'Comment' }).click()
  await reader.getByText('First!').waitFor()

  let respond = () => {}
  const isReleased = new Promise<void>((resolve) => (respond = resolve))
  await writer.route('**/graphql', async (route) => {
    if (route.request().postData()?.includes('AddComment')) await isReleased
    await route.continue()
  })
  await writer.getByRole('button', { name: 'Reply' }).first().click()
  await writer.getByRole('textbox', { name: 'Your reply' }).fill('And second.')
  await writer.getByRole('button', { name: 'Reply' }).last().click()
  await writer.getByText('Sending …').waitFor()
  expect(await writer.getByText('And second.').count()).toBe(1)
  expect(await reader.getByText('And second.').count()).toBe(0)
  respond()
  await reader.getByText('And second.').waitFor()
  await writer.getByText('Sending …').waitFor({ state: 'detached' })
  expect(await writer.getByText('And second.').count()).toBe(1)
  await closePages(writer, reader)
})

test('shows live seats, and promotes from the waitlist with a ticket', async () => {
  const [first, second] = await Promise.all([
    app.open(`/events/${eventId}`, { user: ida }),
    app.open(`/events/${eventId}`, { user: ole }),
  ])
  await second.getByText('1 of 1 seats left').waitFor()
  await first.getByRole('button', { name: 'Register' }).click()
  await first.getByRole('img', { name: 'QR code of the ticket' }).waitFor()
  await second.getByRole('button', { name: 'Join the waitlist' }).click()
  await second.getByText('You are on the waitlist, number 1').waitFor()
  await first.getByText('Full, 1 waiting').first().waitFor()
  await first.getByRole('button', { name: 'Cancel registration' }).click()
  await second.getByText('You are going').waitFor()
  await second.getByRole('img', { name: 'QR code of the ticket' }).waitFor()
  await closePages(first, second)
})

test('brings a report to the queue, and hides the comment for readers at once', async () => {
  const [reporter, judge] = await Promise.all([
    app.open(`/posts/${postId}`, { user: ida }),
    app.open('/moderation', { user: moderator }),
  ])
  await judge.getByText('All quiet').waitFor()
  await reporter.getByRole('button', { name: 'Report the comment by ole' }).first().click()
  await reporter.getByLabel('Reason').selectOption({ label: 'Spam' })
  await reporter.getByRole('button', { name: 'Send report' }).click()
  await reporter.getByText('Reported').waitFor()
  await judge.reload()
  await judge.getByRole('button', { name: 'Hide comment' }).click()
  await judge.getByText('All quiet').waitFor()
  await reporter.getByText('A moderator has hidden this comment.').waitFor()
  await closePages(reporter, judge)
})

test('edits and deletes own comments and posts', async () => {
  await createPost('A post that stays', ida)
  const id = await createPost('A post to edit', ida)
  const [writer, reader] = await Promise.all([
    app.open(`/posts/${id}`, { user: ida }),
    app.open(`/posts/${id}`),
  ])
  await writer.getByRole('textbox', { name: 'Your comment' }).fill('Tpyo')
  await writer.getByRole('button', { name: 'Comment' }).click()
  await writer.getByRole('button', { name: 'Edit', exact: true }).click()
  await writer.getByRole('textbox', { name: 'Your comment' }).first().fill('Typo')
  await writer.getByRole('button', { name: 'Save' }).click()
  await reader.getByText('Typo', { exact: true }).waitFor()
  await writer.getByRole('button', { name: 'Delete your comment' }).click()
  await writer.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await reader.getByText('This comment was deleted.').waitFor()

  await writer.getByRole('link', { name: 'Edit' }).click()
  await writer.getByLabel('Title').fill('A post that was edited')
  await writer.getByRole('button', { name: 'Save' }).click()
  await writer.getByRole('heading', { name: 'A post that was edited' }).waitFor()
  await writer.getByRole('button', { name: 'Delete the post' }).click()
  await writer.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await writer.getByRole('link', { name: 'A post that stays' }).waitFor()
  expect(await writer.getByRole('link', { name: 'A post that was edited' }).count()).toBe(0)
  await reader.reload()
  await reader.getByText('Post not found').waitFor()
  await closePages(writer, reader)
})

test('organizes an event, changes the guests of a registration, and checks its ticket in', async () => {
  const organizer = await app.open('/events', { user: ida })
  await organizer.getByRole('link', { name: 'Organize an event' }).click()
  await organizer.getByRole('button', { name: 'Publish' }).click()
  await organizer.locator('[name="title"][aria-invalid="true"]').waitFor()
  await organizer.getByLabel('Title').fill('An evening of maps')
  await organizer.getByLabel('Description').fill('Bring one.')
  // Check-in is open; the field has the time zone of this machine.
  const soon = new Date(Date.now() + 3_600_000)
  const soonHere = new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
  await organizer.getByLabel('Begins').fill(soonHere)
  await organizer.getByLabel('Seats').fill('10')
  await organizer.getByRole('button', { name: 'Publish' }).click()
  await organizer.getByRole('heading', { name: 'An evening of maps' }).waitFor()

  const guest = await app.open(new URL(organizer.url()).pathname, { user: ole })
  await guest.getByLabel('Guests you bring').fill('1')
  await guest.getByRole('button', { name: 'Register' }).click()
  await guest.getByText('You are going, with 1 guest').waitFor()
  await guest.getByRole('button', { name: 'Change guests' }).click()
  await guest.getByRole('dialog').getByLabel('Guests you bring').fill('2')
  await guest.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await guest.getByText('You are going, with 2 guests').waitFor()
  const code = (await guest.locator('.ticket-code').textContent()) ?? ''

  await organizer.getByRole('link', { name: 'Check-in' }).click()
  const seats = organizer.locator('.seats-text')
  await seats.getByText('0 parties checked in · 3 people expected').waitFor()
  await organizer.getByLabel('Code of the ticket').fill('not a code')
  await organizer.getByRole('button', { name: 'Check in', exact: true }).click()
  await organizer.locator('.form-error, .field-error').first().waitFor()
  await organizer.getByLabel('Code of the ticket').fill(code)
  await organizer.getByRole('button', { name: 'Check in', exact: true }).click()
  await organizer.getByText('ole is checked in.').first().waitFor()
  await organizer.getByText('3 of 3 arrived').waitFor()
  await seats.getByText('1 party checked in · 3 people expected').waitFor()
  await organizer.getByRole('button', { name: 'Undo the check-in of ole' }).click()
  await seats.getByText('0 parties checked in · 3 people expected').waitFor()
  await closePages(organizer, guest)
})

test('changes the channels of notifications', async () => {
  const page = await app.open('/account/notifications/settings', { user: ole })
  const reply = page.getByRole('checkbox', { name: 'Replies to your comments: Inbox' })
  expect(await reply.isChecked()).toBe(true)
  await reply.uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'How you are notified' }).waitFor()
  expect(await reply.isChecked()).toBe(false)
  await closePages(page)
})

test('suspends the author of a reported post from the queue', async () => {
  const troll = await agora.signUp('trudi')
  const id = await createPost('Cheap watches', troll)
  const [reporter, judge] = [
    await app.open(`/posts/${id}`, { user: ida }),
    await app.open('/events', { user: moderator }),
  ]
  await reporter.getByRole('button', { name: 'Report this post' }).click()
  await reporter.getByRole('button', { name: 'Send report' }).click()
  await reporter.getByText('Reported').waitFor()
  await judge.getByRole('link', { name: 'Moderation' }).click()
  await judge.getByRole('button', { name: 'Suspend @trudi' }).click()
  await judge.getByLabel('Reason').fill('Advertisements')
  await judge.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
  await judge.getByText('trudi is suspended').waitFor()
  const { user } = await agora.query(
    `query ($id: ID!) { user(id: $id) { suspension { reason } } }`,
    { id: troll.id },
    await agora.signIn(administrator),
  )
  expect(user.suspension).toEqual({ reason: 'Advertisements' })
  await judge.getByRole('button', { name: 'Resolve' }).click()
  await judge.getByText('All quiet').waitFor()
  await closePages(reporter, judge)
})

test('counts a new notification, and marks it as read', async () => {
  const page = await app.open('/events', { user: ida })
  await agora.query(
    `mutation ($input: AddCommentInput!) { addComment(input: $input) { userErrors { message } } }`,
    { input: { postId, body: 'News for you' } },
    ole,
  )
  await page.getByRole('link', { name: /Notifications \d+ unread/ }).click()
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await page.getByRole('link', { name: 'Notifications', exact: true }).first().waitFor()
  await closePages(page)
})

test('serves the pages that mails about notifications lead to', async () => {
  const { addComment } = await agora.query(
    `mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { id } userErrors { message } } }`,
    { input: { postId, body: 'Linked from a mail' } },
    ole,
  )
  const page = await app.open(`/comments/${addComment.comment.id}`, { user: ida })
  await page.waitForURL(`**/posts/${postId}`)
  await page.getByText('Linked from a mail').waitFor()
  for (const [path, title] of [
    [`/posts/${postId}`, 'The first post'],
    [`/events/${eventId}`, 'A small workshop'],
    ['/notifications', 'Notifications'],
    [`/comments/${addComment.comment.id.replace(/.$/, '_')}`, 'Comment not found'],
  ] as const) {
    await page.goto(`${app.url}${path}`)
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
  }
  await closePages(page)
})

describe.each(['light', 'dark'] as const)('in the %s colour scheme', (colorScheme) => {
  test.each([
    ['the feed', () => '/', () => undefined],
    ['a post', () => `/posts/${postId}`, () => moderator],
    ['the form of a post', () => '/posts/new', () => ida],
    ['the events', () => '/events', () => undefined],
    ['an event', () => `/events/${eventId}`, () => ole],
    ['the sign-in', () => '/sign-in', () => undefined],
    ['the sign-up', () => '/sign-up', () => undefined],
    ['the profile', () => '/account', () => ida],
    ['the notifications', () => '/account/notifications', () => ida],
    ['the tickets', () => '/account/tickets', () => ole],
    ['the sessions', () => '/account/security', () => ida],
    ['the settings of notifications', () => '/account/notifications/settings', () => ida],
    ['the form of an event', () => '/events/new', () => ida],
    ['the check-in', () => `/events/${eventId}/check-in`, () => ida],
    ['the editing of a post', () => `/posts/${postId}/edit`, () => ida],
    ['the queue', () => '/moderation', () => moderator],
    ['a missing page', () => '/nowhere', () => undefined],
  ])('has no violations of accessibility rules on %s', async (_, findPath, findUser) => {
    const user = findUser()
    const page = await app.open(findPath(), { colorScheme, ...(user && { user }) })
    await page.waitForLoadState('networkidle')
    await page.locator('.skeleton-list').waitFor({ state: 'detached' })
    expect(await findViolations(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await findViolations(page)).toEqual([])
    const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth)
    expect(overflow).toBe(0)
    await closePages(page)
  })
})

// The last test: it stops a subgraph.
test('shows comments as unavailable while their subgraph is stopped, and everything else', async () => {
  await agora.subgraphs.comments.close()
  const page = await app.open('/')
  await page.getByText('Comments unavailable').first().waitFor()
  await page.goto(`${app.url}/posts/${postId}`)
  await page.getByRole('heading', { name: 'The first post' }).waitFor()
  await page.getByText('Comments are unavailable').waitFor()
  expect(await findViolations(page)).toEqual([])
  await closePages(page)
})
