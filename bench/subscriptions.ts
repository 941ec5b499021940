import { setTimeout as wait } from 'node:timers/promises'

import { signUpBenchUser, type BenchUser } from './benchUser'
import { inspectRouter } from './routerProcess'
import { createSubscriberPool } from './subscribers'
import type { BenchSystem } from './system'

/** The latency of messages, and the memory of the router. */
export interface SubscriptionFigures {
  /** From the response of addComment to the last of 1,000 subscribers of one post. */
  p50Ms: number
  p99Ms: number
  /** Resident memory of the router, without subscribers and with 10,000 idle ones. */
  memoryBeforeMb: number
  memoryIdleMb: number
  /** Heap of the router in MB after a number of subscriptions were opened and closed. */
  heaps: { pairs: number; heap: number }[]
}

const subscribersPerPost = 1000
const commentsPerSecond = 20
const durationSeconds = 15
const idleSubscribers = 10_000
const postCount = 100
const checkpoints = [1000, 25_000, 50_000]

const subscription = `subscription ($postId: ID!) {
  commentAdded(postId: $postId) { comment { id body author { handle } post { title commentCount } } }
}`
const createBody = (postId: string) => JSON.stringify({ query: subscription, variables: { postId } })

/** Measures the subscriptions of a running system. */
export async function measureSubscriptions(system: BenchSystem): Promise<SubscriptionFigures> {
  const { url } = system
  const router = await inspectRouter(system.pid)
  const user = await signUpBenchUser(url, 'bench')
  const postIds: string[] = []
  for (let index = 0; index < postCount; index++) {
    const input = { title: `Post ${index}`, body: 'The body of a post.', publish: true }
    postIds.push(await user.mutate('createPost', input, 'post'))
  }
  const [first = ''] = postIds
  try {
    const memoryBefore = router.readMemoryMb()
    const latencies = await measureLatencies(url, user, first)
    const memoryIdle = await measureIdleMemory(url, postIds, router.readMemoryMb)
    const heaps = await measureHeaps(url, postIds, router.readHeapMb)
    const percentile = (share: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
    return {
      p50Ms: percentile(0.5),
      p99Ms: percentile(0.99),
      memoryBeforeMb: memoryBefore,
      memoryIdleMb: memoryIdle,
      heaps,
    }
  } finally {
    router.close()
  }
}

/** @returns the latencies in milliseconds, sorted */
async function measureLatencies(url: string, user: BenchUser, postId: string): Promise<number[]> {
  const subscribers = createSubscriberPool(url)
  await subscribers.add(subscribersPerPost, [createBody(postId)])
  const addComment = async (index: number) => {
    const text = `comment number ${index} of the benchmark`
    const last = subscribers.waitUntilAllReceive(text)
    await user.mutate('addComment', { postId, body: text }, 'comment')
    const respondedAt = performance.now()
    return Math.max(0, (await last) - respondedAt)
  }
  for (let index = 0; index < 40; index++) await addComment(-index - 1)
  const pending: Promise<number>[] = []
  const startedAt = performance.now()
  for (let index = 0; index < durationSeconds * commentsPerSecond; index++) {
    await wait(Math.max(0, startedAt + (index * 1000) / commentsPerSecond - performance.now()))
    pending.push(addComment(index))
  }
  const latencies = (await Promise.all(pending)).sort((a, b) => a - b)
  await subscribers.close()
  return latencies
}

async function measureIdleMemory(
  url: string,
  postIds: readonly string[],
  readMemory: () => number,
): Promise<number> {
  const subscribers = createSubscriberPool(url)
  await subscribers.add(idleSubscribers, postIds.map(createBody))
  // Longer than the heartbeat interval.
  await wait(15_000)
  const memoryMb = readMemory()
  await subscribers.close()
  return memoryMb
}

async function measureHeaps(
  url: string,
  postIds: readonly string[],
  readHeap: () => Promise<number>,
): Promise<SubscriptionFigures['heaps']> {
  const heaps: SubscriptionFigures['heaps'] = []
  let pairs = 0
  for (const checkpoint of checkpoints) {
    while (pairs < checkpoint) {
      const subscribers = createSubscriberPool(url)
      await subscribers.add(500, postIds.map(createBody))
      await subscribers.close()
      pairs += 500
    }
    await wait(1000)
    heaps.push({ pairs, heap: await readHeap() })
  }
  return heaps
}
