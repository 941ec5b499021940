import { setTimeout as wait } from 'node:timers/promises'

import { signUpBenchUser, type BenchUser } from './benchUser'
import { inspectRouter } from './routerProcess'
import { createSubscriberPool } from './subscribers'
import type { BenchSystem } from './system'

/** What subscribers wait for, and what they cost the router. */
export interface SubscriptionFigures {
  /** From addComment's answer to the last of 1,000 subscribers of one post, in milliseconds. */
  p50Ms: number
  p99Ms: number
  /** The router's resident memory in MB, without any and with 10,000 idle subscribers. */
  memoryBeforeMb: number
  memoryIdleMb: number
  /** The router's heap in MB after 1,000, 25,000 and 50,000 subscriptions were opened and closed. */
  heaps: { pairs: number; heap: number }[]
}

const subscribersOfOne = 1000
const commentsEachSecond = 20
const seconds = 15
const idle = 10_000
const posts = 100
const checkpoints = [1000, 25_000, 50_000]

const subscription = `subscription ($postId: ID!) {
  commentAdded(postId: $postId) { comment { id body author { handle } post { title commentCount } } }
}`
const bodyFor = (postId: string) => JSON.stringify({ query: subscription, variables: { postId } })

/** Measures the subscriptions of a running system. */
export async function measureSubscriptions(system: BenchSystem): Promise<SubscriptionFigures> {
  const { url } = system
  const router = await inspectRouter(system.pid)
  const person = await signUpBenchUser(url, 'bench')
  const postIds: string[] = []
  for (let index = 0; index < posts; index++) {
    const input = { title: `Post ${index}`, body: 'To be talked about.', publish: true }
    postIds.push(await person.mutate('createPost', input, 'post'))
  }
  const [first = ''] = postIds
  try {
    const memoryBefore = router.readMemoryMb()
    const latencies = await timeComments(url, person, first)
    const memoryIdle = await holdIdle(url, postIds, router.readMemoryMb)
    const heaps = await openAndClose(url, postIds, router.readHeapMb)
    const at = (share: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
    return { p50Ms: at(0.5), p99Ms: at(0.99), memoryBeforeMb: memoryBefore, memoryIdleMb: memoryIdle, heaps }
  } finally {
    router.close()
  }
}

/** @returns the latencies in order, in milliseconds */
async function timeComments(url: string, person: BenchUser, postId: string): Promise<number[]> {
  const subscribers = createSubscriberPool(url)
  await subscribers.add(subscribersOfOne, [bodyFor(postId)])
  const comment = async (index: number) => {
    const text = `comment number ${index} of the bench`
    const last = subscribers.waitUntilAllReceive(text)
    await person.mutate('addComment', { postId, body: text }, 'comment')
    const answered = performance.now()
    return Math.max(0, (await last) - answered)
  }
  for (let index = 0; index < 40; index++) await comment(-index - 1)
  const under: Promise<number>[] = []
  const began = performance.now()
  for (let index = 0; index < seconds * commentsEachSecond; index++) {
    await wait(Math.max(0, began + (index * 1000) / commentsEachSecond - performance.now()))
    under.push(comment(index))
  }
  const latencies = (await Promise.all(under)).sort((a, b) => a - b)
  await subscribers.close()
  return latencies
}

async function holdIdle(url: string, postIds: readonly string[], memory: () => number): Promise<number> {
  const subscribers = createSubscriberPool(url)
  await subscribers.add(idle, postIds.map(bodyFor))
  // Longer than the time between two heartbeats.
  await wait(15_000)
  const held = memory()
  await subscribers.close()
  return held
}

async function openAndClose(
  url: string,
  postIds: readonly string[],
  heap: () => Promise<number>,
): Promise<SubscriptionFigures['heaps']> {
  const heaps: SubscriptionFigures['heaps'] = []
  let pairs = 0
  for (const checkpoint of checkpoints) {
    while (pairs < checkpoint) {
      const subscribers = createSubscriberPool(url)
      await subscribers.add(500, postIds.map(bodyFor))
      await subscribers.close()
      pairs += 500
    }
    await wait(1000)
    heaps.push({ pairs, heap: await heap() })
  }
  return heaps
}
