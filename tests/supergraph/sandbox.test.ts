import { build } from 'esbuild'
import type { Browser, Frame } from 'playwright-core'

import { hasChromium, launchChromium } from '../support/chromium'
import { waitUntil } from '../support/processes'
import { startSupergraph, type TestSupergraph } from '../support/supergraph'

const testInBrowser = hasChromium ? test : test.skip

/** Bundles the part of Sandbox that runs in the page, from Apollo's package instead of their network. */
async function buildSandbox(): Promise<string> {
  const contents = `import { ApolloSandbox } from '@apollo/sandbox'\nwindow.EmbeddedSandbox = ApolloSandbox`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: __dirname },
    bundle: true,
    format: 'iife',
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

/** Replaces the frame of the Sandbox UI, and records the messages of the page. */
const frame = `<!doctype html><script>
  window.messages = []
  addEventListener('message', ({ data }) => window.messages.push(data))
  parent.postMessage({ name: 'ExplorerListeningForHandshake' }, '*')
</script>`

interface FrameMessage {
  name: string
  operationId?: string
  response?: unknown
}
declare const window: { messages: FrameMessage[]; parent: { postMessage(message: object, to: string): void } }

let agora: TestSupergraph
let browser: Browser
beforeAll(async () => {
  if (!hasChromium) return
  agora = await startSupergraph({ NODE_ENV: 'development' })
  browser = await launchChromium()
})
afterAll(async () => {
  if (!hasChromium) return
  await browser.close()
  await agora.close()
})

async function openSandbox(): Promise<Frame> {
  const origin = new URL(agora.url).origin
  const script = await buildSandbox()
  const page = await browser.newPage()
  await page.route('**/*', async (route) => {
    const url = route.request().url()
    if (url.startsWith(origin)) await route.continue()
    else if (url.includes('embeddable-sandbox.umd.production.min.js'))
      await route.fulfill({ contentType: 'text/javascript', body: script })
    else if (url.startsWith('https://sandbox.embed.apollographql.com/'))
      await route.fulfill({ contentType: 'text/html', body: frame })
    else await route.abort()
  })
  await page.goto(origin)
  const found = () => page.frames().find((each) => each.url().includes('sandbox.embed'))
  await waitUntil('Sandbox has its frame', () => found() !== undefined)
  const sandbox = found()
  if (!sandbox) throw new Error()
  await sandbox.waitForFunction(() => Array.isArray(window.messages))
  return sandbox
}

const subscription = `subscription ($postId: ID!) {
  commentAdded(postId: $postId) { comment { body author { handle } post { commentCount } } }
}`
/** The protocols of Sandbox, with the members that its frame adds to a request. */
const protocols = {
  'graphql-ws': {},
  'http-multipart': { headers: { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' } },
}

testInBrowser('configures Sandbox with the endpoint, and delivers its subscriptions', async () => {
  const ida = await agora.signUp('ida')
  const { createPost } = await agora.query(
    `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { message } } }`,
    { input: { title: 'Talk of the town', body: 'What do you say?', publish: true } },
    ida,
  )
  const postId: string = createPost.post.id
  const sandbox = await openSandbox()
  const parameters = new URL(sandbox.url()).searchParams
  const endpoint = parameters.get('endpoint') ?? ''
  const socket = parameters.get('subscriptionEndpoint') ?? ''
  expect([endpoint, socket]).toEqual([agora.url, agora.url.replace('http:', 'ws:')])

  for (const [protocol, more] of Object.entries(protocols)) {
    const message = {
      name: 'ExplorerSubscriptionRequest',
      operationId: protocol,
      operation: subscription,
      variables: { postId },
      headers: {},
      subscriptionUrl: protocol === 'graphql-ws' ? socket : endpoint,
      protocol,
      httpMultipartParams: { includeCookies: false },
      ...more,
    }
    await sandbox.evaluate((it) => window.parent.postMessage(it, '*'), message)
  }

  let added = 0
  const findResponses = async (protocol: string) => {
    const messages = await sandbox.evaluate(() => window.messages)
    return messages.filter(({ name, operationId }) => {
      return name === 'ExplorerSubscriptionResponse' && operationId === protocol
    })
  }
  await waitUntil('both subscriptions have received a comment', async () => {
    const input = { postId, body: `Comment ${++added}` }
    await agora.query(
      `mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { id } userErrors { message } } }`,
      { input },
      ida,
    )
    return (await Promise.all(Object.keys(protocols).map(findResponses))).every(({ length }) => length > 0)
  })
  const comment = {
    body: expect.any(String),
    author: { handle: 'ida' },
    post: { commentCount: expect.any(Number) },
  }
  const data = { commentAdded: { comment } }
  expect((await findResponses('graphql-ws'))[0]?.response).toMatchObject({ data: { data } })
  expect((await findResponses('http-multipart'))[0]?.response).toMatchObject({ data: { payload: { data } } })
})
