import { randomBytes } from 'node:crypto'
import { request } from 'undici'

import { createServiceSigner, viewerHeader } from '../packages/auth/tokens'
import { createEventStreamParser } from '../packages/sse'
import { signUpBenchUser } from './benchUser'
import { findMedian, findQuantile } from './quantiles'
import { startBenchSystem } from './system'

interface InvalidationLatency {
  p50Ms: number
  p99Ms: number
}

const repetitions = 300
const maxEventLength = 1_000_000
const createPost = `mutation CreatePost($input: CreatePostInput!) {
  createPost(input: $input) { post { id } userErrors { message } }
}`

/**
 * Measures the time from the response to a mutation until the invalidation reaches a router that has not received it: reads the
 * stream of the posts subgraph beside the router.
 *
 * @param port of the system that is started; the posts subgraph has the third one after it
 */
export async function measureInvalidationLatency(
  dataDir: string,
  port: number,
): Promise<InvalidationLatency> {
  const routerSecret = randomBytes(32).toString('base64url')
  const system = await startBenchSystem(dataDir, port, { environment: { ROUTER_SECRET: routerSecret } })
  try {
    const sign = createServiceSigner(routerSecret, 'bench')
    return await measureLatency(system.url, `http://127.0.0.1:${port + 3}`, sign())
  } finally {
    await system.stop()
  }
}

async function measureLatency(
  url: string,
  postsUrl: string,
  serviceToken: string,
): Promise<InvalidationLatency> {
  const { accessToken } = await signUpBenchUser(url, 'invalidator')
  const reading = new AbortController()
  const { body } = await request(new URL('/cache-invalidations', postsUrl), {
    headers: { [viewerHeader]: serviceToken, accept: 'text/event-stream' },
    signal: reading.signal,
  })
  const arrivedAt = new Map<string, number>()
  const respondedAt = new Map<string, number>()

  async function readStream(): Promise<void> {
    const parse = createEventStreamParser(maxEventLength)
    for await (const bytes of body)
      for (const { type, data } of parse(bytes)) {
        if (type !== 'invalidate') continue
        const { events }: { events: string[] } = JSON.parse(data)
        for (const id of events) arrivedAt.set(id, performance.now())
        if (arrivedAt.size >= repetitions) return
      }
  }

  async function writeAll(): Promise<void> {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` }
    for (let index = 0; index < repetitions; index++) {
      const input = { title: `Post ${index}`, body: 'A post of the bench.', publish: true }
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body: JSON.stringify({ query: createPost, variables: { input } }),
      })
      await response.text()
      const [, id] = (response.headers.get('agora-position') ?? '').split('=')
      if (id === undefined) throw new Error('A mutation has no position.')
      respondedAt.set(id, performance.now())
    }
  }

  await Promise.all([readStream(), writeAll()])
  reading.abort()
  const latencies = [...respondedAt].map(([id, at]) => Math.max(0, (arrivedAt.get(id) ?? Infinity) - at))
  return { p50Ms: findMedian(latencies), p99Ms: findQuantile(latencies, 0.99) }
}
