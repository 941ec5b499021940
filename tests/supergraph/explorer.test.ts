import type { Browser, Locator, Page } from 'playwright-core'

import { demoPassword } from '../../cli/demo/loadDemo'
import { hasChromium, launchChromium } from '../support/chromium'
import { waitUntil } from '../support/processes'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'

const testInBrowser = hasChromium ? test : test.skip
const reportViolations = `addEventListener('securitypolicyviolation', (event) =>
  console.error('Refused by ' + event.violatedDirective + ': ' + event.blockedURI))`

let agora: TestSupergraph
let browser: Browser
beforeAll(async () => {
  if (!hasChromium) return
  agora = await startSupergraph({ NODE_ENV: 'development' })
  browser = await launchChromium()
  const input = {
    handle: 'noor',
    displayName: 'Noor Haddad',
    email: 'noor@agora.example',
    password: demoPassword,
  }
  await agora.query(
    `mutation ($input: SignUpInput!) { signUp(input: $input) { user { id } userErrors { message } } }`,
    { input },
  )
})
afterAll(async () => {
  if (!hasChromium) return
  await browser.close()
  await agora.close()
})

/** Opens a page without a network: only the router can be reached. */
async function openPage(path: string, colorScheme: 'light' | 'dark' = 'light') {
  const { origin } = new URL(agora.url)
  const page = await browser.newPage({ colorScheme })
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  await page.addInitScript({ content: reportViolations })
  await page.route('**/*', (route) =>
    route.request().url().startsWith(origin) ? route.continue() : route.abort(),
  )
  await page.goto(`${origin}${path}`, { waitUntil: 'commit' })
  return { page, problems }
}

async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click()
  await page.locator('.graphiql-query-editor .view-lines', { hasText: name }).waitFor()
}
const execute = (page: Page) => page.getByRole('button', { name: /execute/i }).click()
const response = (page: Page) => page.locator('.graphiql-response')
const waitForEditor = (page: Page) => page.locator('.graphiql-query-editor .view-line').first().waitFor()

testInBrowser('opens GraphiQL when Sandbox cannot be reached', async () => {
  const { page, problems } = await openPage('/')
  await page.waitForURL('**/graphiql?sandbox=unreachable')
  await page.getByRole('status').getByText('Apollo Sandbox could not be loaded').waitFor()
  await page.getByRole('link', { name: 'Open Sandbox' }).click()
  await page.getByText('could not be loaded from the internet').waitFor()
  expect(new URL(page.url()).pathname).toBe('/sandbox')
  // The browser itself reports the script of Sandbox, which was not loaded.
  expect(problems.filter((problem) => !problem.startsWith('Failed to load resource: net::'))).toEqual([])
  await page.close()
})

testInBrowser('documents the schema, and shows the response and the plan of a query', async () => {
  const { page, problems } = await openPage('/graphiql', 'dark')
  await waitForEditor(page)
  await page.getByRole('button', { name: /documentation explorer/i }).click()
  await page.getByText('AddCommentInput', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Query plan' }).click()
  await execute(page)
  await response(page).getByText('"nodes"').first().waitFor()
  const plan = page.getByRole('region', { name: 'Query plan' })
  await plan.getByText(/\d+ fetch(es)? in [\d.]+ ms/).waitFor()
  await plan.locator('summary', { hasText: 'posts' }).first().click()
  await plan.getByText('query Feed__posts__0').first().waitFor()
  await expect(response(page).getByText('apolloQueryPlan').count()).resolves.toBe(0)
  expect(problems).toEqual([])
  await page.close()
})

testInBrowser(
  'has room for its controls on a phone and a laptop, also beside the documentation',
  async () => {
    const { page } = await openPage('/graphiql')
    await page.setViewportSize({ width: 1280, height: 900 })
    await waitForEditor(page)
    const accounts = page.getByLabel('Demo account')
    await accounts.waitFor()
    const editor = page.locator('.graphiql-query-editor')
    const run = page.getByRole('button', { name: /execute/i })
    const rightEdge = async (locator: Locator) => {
      const { x = 0, width = 0 } = (await locator.boundingBox()) ?? {}
      return x + width
    }
    const runX = (await run.boundingBox())?.x ?? 0
    const comments = await editor.getByText(/^#/).all()
    expect(comments.length).toBeGreaterThan(0)
    for (const comment of comments) expect(await rightEdge(comment)).toBeLessThan(runX)

    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('button', { name: /documentation explorer/i }).click()
    await page.getByText('AddCommentInput', { exact: true }).first().waitFor()
    await editor.waitFor({ state: 'hidden' })
    expect(await rightEdge(page.locator('.graphiql-plugin'))).toBeGreaterThan(370)
    await page.getByRole('button', { name: /documentation explorer/i }).click()
    await editor.waitFor()
    expect((await accounts.boundingBox())?.width).toBeGreaterThan(200)
    await page.close()
  },
)

testInBrowser(
  'signs in with a demo account by one choice, and renews its token when it has expired',
  async () => {
    const { page, problems } = await openPage('/graphiql')
    await page.clock.install()
    await waitForEditor(page)
    const accounts = page.getByLabel('Demo account')
    await accounts.waitFor()
    // Only accounts that exist are offered.
    await expect(accounts.locator('option').allTextContents()).resolves.toEqual([
      'Not signed in',
      'Noor Haddad',
    ])
    const tokens: string[] = []
    page.on('request', (request) => {
      const token = request.headers()['authorization']
      if (token !== undefined && tokens.at(-1) !== token) tokens.push(token)
    })
    await accounts.selectOption('Noor Haddad')
    await page.getByRole('button', { name: 'Headers', exact: true }).click()
    const token = page.locator('.graphiql-editor-tool').getByText('"Bearer ').first()
    await token.waitFor()
    await openTab(page, 'PublishPost')
    await token.waitFor()
    await execute(page)
    await response(page).getByText('"pst_').waitFor()
    expect(tokens).toHaveLength(1)

    await page.clock.fastForward('00:16:00')
    await openTab(page, 'Events')
    await execute(page)
    await response(page).getByText('"nodes"').waitFor()
    expect(tokens).toHaveLength(2)

    await accounts.selectOption('Not signed in')
    await openTab(page, 'PublishPost')
    await token.waitFor({ state: 'hidden' })
    await execute(page)
    await response(page).getByText('UNAUTHENTICATED').waitFor()
    expect(problems).toEqual([])
    await page.close()
  },
)

testInBrowser('adds deferred fragments to the response, and shows their plan', async () => {
  const author = await agora.signUp('ole')
  await agora.query(
    `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { message } } }`,
    { input: { title: 'A post with comments', body: 'They are deferred.', publish: true } },
    author,
  )
  const { page, problems } = await openPage('/graphiql')
  await waitForEditor(page)
  await page.getByRole('button', { name: 'Query plan' }).click()
  await page.locator('.graphiql-query-editor .view-lines').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText('{ posts(first: 1) { nodes { title ... @defer { commentCount } } } }')
  const lines = page.locator('.graphiql-query-editor .view-lines')
  await lines.filter({ hasText: 'commentCount' }).waitFor()
  // The editor may have closed braces itself.
  const text = (await lines.textContent()) ?? ''
  const missing = text.split('{').length - text.split('}').length
  for (let count = 0; count < missing; count++) await page.keyboard.press('}')
  for (let count = 0; count < -missing; count++) await page.keyboard.press('Delete')
  const responded = page.waitForResponse((each) => (each.request().postData() ?? '').includes('@defer'))
  await execute(page)
  expect((await responded).headers()['content-type']).toContain('multipart/mixed')
  await response(page).getByText('"title"').waitFor()
  await response(page).getByText('"commentCount"').waitFor()
  const plan = page.getByRole('region', { name: 'Query plan' })
  await plan.getByText('Deferred parts follow').waitFor()
  await plan.getByText(/\d+ fetches in [\d.]+ ms/).waitFor()
  expect(problems).toEqual([])
  await page.close()
})

testInBrowser('shows the events of a subscription', async () => {
  const { page, problems } = await openPage('/graphiql')
  await waitForEditor(page)
  await openTab(page, 'NewPosts')
  const subscribed = page.waitForResponse((each) =>
    (each.headers()['content-type'] ?? '').startsWith('text/event-stream'),
  )
  await execute(page)
  await subscribed
  const author = await agora.signUp('ida')
  const title = response(page).getByText('Live from the test')
  // The router responds before the subgraph has subscribed, so that the first posts may be missed.
  await waitUntil('the title of a post is shown', async () => {
    await agora.query(
      `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { message } } }`,
      { input: { title: 'Live from the test', body: 'It appears.', publish: true } },
      author,
    )
    return title.waitFor({ timeout: 5_000 }).then(
      () => true,
      () => false,
    )
  })
  await page.getByRole('button', { name: /stop/i }).click()
  expect(problems).toEqual([])
  await page.close()
})
