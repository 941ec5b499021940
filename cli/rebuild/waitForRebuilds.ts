import { setTimeout as delay } from 'node:timers/promises'

import { logWhileWaiting } from '../logWhileWaiting'
import type { RebuildRequest } from './rebuildRequest'

/** A consumer that has not rebuilt a topic yet. */
interface PendingRebuild {
  topic: string
  consumer: string
}

const pollIntervalMs = 200

/**
 * Waits until all consumers have rebuilt, and logs the progress.
 *
 * @returns the consumers that have not rebuilt before the timeout
 */
export async function waitForRebuilds(
  requests: readonly RebuildRequest[],
  timeoutMs: number,
  log: (line: string) => void,
): Promise<PendingRebuild[]> {
  const deadline = performance.now() + timeoutMs
  let pending = requests.flatMap(({ topic, consumers }) => consumers.map((consumer) => ({ topic, consumer })))

  async function poll(): Promise<void> {
    const consumersByTopic = await Promise.all(
      requests.map(async (request) => ({
        topic: request.topic,
        names: await request.findPendingConsumers(),
      })),
    )
    const isPending = ({ topic, consumer }: PendingRebuild) =>
      consumersByTopic.some((each) => each.topic === topic && each.names.includes(consumer))
    for (const { topic, consumer } of pending.filter((each) => !isPending(each)))
      log(`${topic}: ${consumer} has rebuilt.`)
    pending = pending.filter(isPending)
  }

  async function wait(): Promise<void> {
    await poll()
    while (pending.length > 0 && performance.now() < deadline) {
      await delay(pollIntervalMs)
      await poll()
    }
  }

  await logWhileWaiting(
    log,
    () => `waiting for ${pending.map(({ consumer }) => consumer).join(', ')}`,
    wait(),
  )
  return pending
}
