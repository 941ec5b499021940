import { setTimeout as delay } from 'node:timers/promises'

import { logWhileWaiting } from '../logWhileWaiting'
import type { RebuildRequest } from './rebuildRequest'

/** Somebody who has been asked to take a topic anew. */
export interface PendingRebuild {
  topic: string
  consumer: string
}

const lookEvery = 200

/**
 * Waits until all who were asked have taken everything anew, and says how it goes.
 *
 * @returns those who have not within the time
 */
export async function waitForRebuilds(
  requests: readonly RebuildRequest[],
  milliseconds: number,
  log: (line: string) => void,
): Promise<PendingRebuild[]> {
  const limit = performance.now() + milliseconds
  let left = requests.flatMap(({ topic, consumers }) => consumers.map((consumer) => ({ topic, consumer })))

  async function look(): Promise<void> {
    const unanswered = await Promise.all(
      requests.map(async (request) => ({
        topic: request.topic,
        names: await request.findPendingConsumers(),
      })),
    )
    const isLeft = ({ topic, consumer }: PendingRebuild) =>
      unanswered.some((each) => each.topic === topic && each.names.includes(consumer))
    for (const { topic, consumer } of left.filter((each) => !isLeft(each)))
      log(`${topic}: ${consumer} has taken everything anew.`)
    left = left.filter(isLeft)
  }

  async function wait(): Promise<void> {
    await look()
    while (left.length > 0 && performance.now() < limit) {
      await delay(lookEvery)
      await look()
    }
  }

  await logWhileWaiting(log, () => `waiting for ${left.map(({ consumer }) => consumer).join(', ')}`, wait())
  return left
}
