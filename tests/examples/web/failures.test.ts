import type { Page, Route } from 'playwright-core'

import { hasChromium } from '../../support/chromium'
import { startExampleApplication, type ExampleApplication } from '../../support/exampleApplication'
import {
  mutationDocument,
  startSupergraph,
  type TestSupergraph,
  type TestUser,
} from '../../support/supergraph'

// Installs and builds the application, which takes a minute: one of the long tests. Needs Chromium.
const isIncluded = process.env['FULL'] !== undefined && hasChromium
const test = isIncluded ? globalThis.test : globalThis.test.skip

let agora: TestSupergraph
let app: ExampleApplication
let ida: TestUser
let ole: TestUser

async function createPost(title: string, author: TestUser): Promise<string> {
  const input = { title, body: 'Say something.', publish: true }
  const { createPost } = await agora.query(mutationDocument('createPost', 'post { id }'), { input }, author)
  return createPost.post.id
}

async function createEvent(title: string, organizer: TestUser): Promise<string> {
  const startsAt = new Date(Date.now() + 86_400_000 * 3).toISOString()
  const input = {
    title,
    description: 'Come.',
    startsAt,
    timeZone: 'Europe/Paris',
    capacity: 9,
    publish: true,
  }
  const { createEvent } = await agora.query(
    mutationDocument('createEvent', 'event { id }'),
    { input },
    organizer,
  )
  return createEvent.event.id
}

const addComment = (postId: string, body: string, author: TestUser) =>
  agora.query(mutationDocument('addComment', 'comment { id }'), { input: { postId, body } }, author)

/** Routes the requests to the endpoint whose body matches. Returns the bodies of those so far. */
async function intercept(
  page: Page,
  body: RegExp,
  handle: (route: Route) => Promise<void>,
): Promise<string[]> {
  const bodies: string[] = []
  await page.route('**/graphql', async (route) => {
    const text = route.request().postData() ?? ''
    if (!body.test(text)) return route.continue()
    bodies.push(text)
    await handle(route)
  })
  return bodies
}

const respondWith = (response: object) => (route: Route) =>
  route.fulfill({ contentType: 'application/json', body: JSON.stringify(response) })
const unavailable = { message: 'Unavailable.', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }

const closePage = (page: Page) => page.context().close()

beforeAll(async () => {
  if (!isIncluded) return
  agora = await startSupergraph({ NODE_ENV: 'development' })
  app = await startExampleApplication(agora.url)
  ida = await agora.signUp('ida')
  ole = await agora.signUp('ole')
  for (let number = 1; number <= 21; number++) {
    await createPost(`Post number ${number}`, ole)
    await createEvent(`Event number ${number}`, ole)
  }
}, 900_000)

afterAll(async () => {
  if (!isIncluded) return
  await app.close()
  await agora.close()
})

describe.each([
  ['the endpoint is unreachable', (route: Route) => route.abort(), 'Agora could not be reached'],
  [
    'a subgraph is unavailable',
    respondWith({ data: { posts: null, events: null }, errors: [unavailable] }),
    'This part of Agora is unavailable',
  ],
])('while %s', (_, fail, message) => {
  test.each([
    ['posts', '/', 'Post number 21', 'Post number 1'],
    ['events', '/events', 'Event number 1', 'Event number 21'],
  ])('shows why no further %s were loaded, and loads them on request', async (_, path, first, last) => {
    const page = await app.open(path)
    const link = (name: string) => page.getByRole('link', { name, exact: true })
    const failed: Error[] = []
    page.on('pageerror', (error) => failed.push(error))
    await page.goto('about:blank')
    const attempts = await intercept(page, /"after":"/, fail)
    await page.goto(`${app.url}${path}`)
    await link(first).waitFor()
    await page.mouse.wheel(0, 20_000)
    await page.getByText(message).waitFor()
    // Once more for each click, and not by itself.
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText(message).waitFor()
    await page.waitForLoadState('networkidle')
    expect(attempts).toHaveLength(2)
    expect(failed).toEqual([])
    await page.unroute('**/graphql')
    await page.getByRole('button', { name: 'Try again' }).click()
    await link(last).waitFor()
    expect(await page.getByText(message).count()).toBe(0)
    await closePage(page)
  })
})

test.each([
  ['the endpoint is unreachable', (route: Route) => route.abort(), 'Agora could not be reached'],
  [
    'there were too many',
    respondWith({
      data: { addComment: null },
      errors: [{ message: 'Wait.', extensions: { code: 'RATE_LIMITED', retryAfter: 40 } }],
    }),
    'Try again in 40 seconds',
  ],
])('keeps the text of a reply when %s', async (_, fail, message) => {
  const postId = await createPost('To reply to', ole)
  await addComment(postId, 'The first comment', ole)
  const page = await app.open(`/posts/${postId}`, { user: ida })
  const thread = page.getByRole('list').filter({ hasText: 'The first comment' })
  await thread.getByRole('button', { name: 'Reply' }).click()
  const text = thread.getByRole('textbox', { name: 'Your reply' })
  await text.fill('Three paragraphs')
  await intercept(page, /AddComment/, fail)
  await thread.getByRole('button', { name: 'Reply' }).click()
  await page.getByText(message).waitFor()
  expect(await text.inputValue()).toBe('Three paragraphs')
  expect(await text.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true)
  await page.unroute('**/graphql')
  await thread.getByRole('button', { name: 'Reply' }).click()
  await text.waitFor({ state: 'detached' })
  await page.getByRole('paragraph').filter({ hasText: 'Three paragraphs' }).waitFor()
  await closePage(page)
})

test("shows one's own comment on a thread whose end is not loaded", async () => {
  const postId = await createPost('A long thread', ole)
  for (let number = 1; number <= 21; number++) await addComment(postId, `Comment number ${number}`, ole)
  const page = await app.open(`/posts/${postId}`, { user: ida })
  await page.getByText('Comment number 20', { exact: true }).waitFor()
  await page.getByRole('textbox', { name: 'Your comment' }).fill('My own words')
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  const own = page.getByRole('listitem').filter({ hasText: 'My own words' })
  await own.getByRole('button', { name: 'Edit' }).waitFor()
  expect(await page.getByText('Comment number 21', { exact: true }).count()).toBe(0)
  await page.getByRole('button', { name: 'Load more comments' }).click()
  await page.getByText('Comment number 21', { exact: true }).waitFor()
  expect(await own.count()).toBe(1)
  await closePage(page)
})

test('signs in and out in every tab, and shows each the data of the viewer', async () => {
  const eventId = await createEvent('An event for one', ole)
  const page = await app.open(`/events/${eventId}`, { user: ida })
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByText('You are going').waitFor()
  const other = await page.context().newPage()
  await other.goto(`${app.url}/account`)
  await other.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  await page.getByText('You are going').waitFor({ state: 'detached' })
  expect(await page.getByRole('img', { name: 'QR code of the ticket' }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Cancel registration' }).count()).toBe(0)

  await other.goto(`${app.url}/sign-in`)
  await other.getByLabel('Email').fill(ida.email)
  await other.getByLabel('Password').fill(ida.password)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: /^Account of/ }).waitFor()
  await page.getByText('You are going').waitFor()
  await closePage(page)
})

test('signs out in the browser while the endpoint is unreachable', async () => {
  const page = await app.open('/account', { user: ida })
  const failed: Error[] = []
  page.on('pageerror', (error) => failed.push(error))
  await intercept(page, /SignOut/, (route) => route.abort())
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  await page.getByText('You are signed out on this device only.').waitFor({ state: 'attached' })
  expect(failed).toEqual([])
  await closePage(page)
})

test("shows one's new post in the feed, and one's new event in the list", async () => {
  const page = await app.open('/', { user: ida })
  const main = page.getByRole('navigation', { name: 'Main' })
  await page.getByRole('link', { name: 'Write a post' }).click()
  await page.getByLabel('Title').fill('Fresh from the press')
  await page.getByRole('textbox', { name: 'Text' }).fill('Still warm.')
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('heading', { name: 'Fresh from the press' }).waitFor()
  await main.getByRole('link', { name: 'Feed' }).click()
  await page.getByRole('link', { name: 'Fresh from the press' }).waitFor()

  await main.getByRole('link', { name: 'Events' }).click()
  await page.getByRole('link', { name: 'Event number 1', exact: true }).waitFor()
  await page.getByRole('link', { name: 'Organize an event' }).click()
  await page.getByLabel('Title').fill('An evening of maps')
  await page.getByLabel('Description').fill('Bring one.')
  await page.getByLabel('Begins').fill(new Date(Date.now() + 86_400_000).toISOString().slice(0, 16))
  await page.getByLabel('Seats').fill('10')
  await page.getByRole('button', { name: 'Publish' }).click()
  await page.getByRole('heading', { name: 'An evening of maps' }).waitFor()
  await main.getByRole('link', { name: 'Events' }).click()
  await page.getByRole('link', { name: 'An evening of maps' }).waitFor()
  await closePage(page)
})

test('adds a new notification to the open list', async () => {
  const postId = await createPost('News', ida)
  const page = await app.open('/account/notifications', { user: ida })
  await page.getByText('Nothing new').or(page.locator('.notification').first()).waitFor()
  const rows = page.locator('.notification')
  const count = await rows.count()
  await page.waitForLoadState('networkidle')
  await addComment(postId, 'News for you', ole)
  await rows.nth(count).waitFor()
  await closePage(page)
})

test.each([
  ['/posts/zzz', 'Post not found'],
  ['/posts/zzz/edit', 'Post not found'],
  ['/events/zzz', 'Event not found'],
  ['/comments/zzz', 'Comment not found'],
])('shows that nothing is at %s', async (path, title) => {
  const page = await app.open(path)
  await page.getByRole('heading', { name: title }).waitFor()
  await closePage(page)
})
