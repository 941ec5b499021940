import { build } from 'esbuild'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { hasChromium, launchChromium } from '../support/chromium'
import {
  publishComment,
  startCommunity,
  waitForCondition,
  type Community,
} from '../support/federation-router/community'

const testInBrowser = hasChromium ? test : test.skip
/** The members of the page below. */
interface Tab {
  texts: string[]
  posts: string
}
declare const window: Tab

/** A page that subscribes twice with the client, and sends a query. */
const createScript = (url: string) => /* JavaScript */ `
  import { createClient } from './client/src/index.ts'
  const client = createClient({ url: '${url}' })
  window.texts = []
  async function follow(postId) {
    const query = 'subscription { commentAdded(postId: "' + postId + '") { comment { text } } }'
    for await (const { commentAdded } of client.subscribe(query))
      window.texts.push(commentAdded.comment.text)
  }
  follow('p1')
  follow('p2')
  client.request('{ posts { title } }').then(({ posts }) => { window.posts = posts[0].title })`

let pages: Server
let origin: string
let script: string
let community: Community
let browser: Browser
let context: BrowserContext
beforeAll(async () => {
  if (!hasChromium) return
  pages = createServer(({ url }, response) => {
    const isScript = url === '/script.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><title>Tab</title><script src="/script.js"></script>')
  })
  pages.listen(0, '127.0.0.1')
  await once(pages, 'listening')
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  community = await startCommunity({ CORS_ORIGINS: origin })
  const { outputFiles } = await build({
    stdin: { contents: createScript(`${community.router.url}/graphql`), resolveDir: projectRoot },
    bundle: true,
    format: 'iife',
    write: false,
  })
  script = outputFiles[0]?.text ?? ''
  browser = await launchChromium()
  context = await browser.newContext()
})
afterAll(async () => {
  if (!hasChromium) return
  await browser.close()
  pages.closeAllConnections()
  pages.close()
  await community.close()
})

async function openTab(): Promise<{ page: Page; sockets: string[] }> {
  const page = await context.newPage()
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  await page.goto(origin)
  await page.waitForFunction(() => window.posts === 'title of p1')
  return { page, sockets }
}

testInBrowser('ten tabs with two subscriptions each are live, and further pages load', async () => {
  const tabs = []
  for (let n = 0; n < 10; n++) tabs.push(await openTab())
  await waitForCondition('both upstreams are open', () => community.comments.streams() === 2)
  // Each of the two subscriptions receives each comment. The first ones may come before the last tab has subscribed.
  let published = 0
  for (const { page } of tabs)
    for (;;) {
      await publishComment(community, ++published)
      const texts = await page.evaluate(() => window.texts)
      if (texts.length > 2) break
    }
  for (const { page, sockets } of tabs) {
    await page.waitForFunction(
      (last) => window.texts.filter((text) => text === last).length === 2,
      `text ${published}`,
    )
    expect(sockets).toHaveLength(1)
  }
  const page = await context.newPage()
  const response = await page.goto(`${community.router.url}/health/live`)
  expect(response?.status()).toBe(200)
  await openTab()
})
