import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import { setImmediate as turn } from 'node:timers/promises'

/** How many messages come at once, at most. */
export const maxBatchSize = 500

/** What the client says when it goes on by itself where we must look whether something was missed. */
const interruptions: readonly string[] = [
  'heartbeats_missed',
  'stream_not_found',
  'consumer_not_found',
  'consumer_deleted',
  'ordered_consumer_recreated',
  'no_responders',
]

/**
 * The messages of a consumer until the signal ends them: all that have come while the ones before were dealt with.
 *
 * @throws when the consumer or the connection was lost: what comes next is to be looked for anew
 */
export async function* readMessageBatches(consumer: Consumer, signal: AbortSignal): AsyncGenerator<JsMsg[]> {
  const messages = await consumer.consume({
    max_messages: maxBatchSize,
    expires: 10_000,
    idle_heartbeat: 2000,
  })
  let end = 'closed'
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop)
  void stopAtInterruption(messages, (type) => (end = type))
  try {
    if (!signal.aborted) yield* inBatches(messages)
  } finally {
    signal.removeEventListener('abort', stop)
    // Not close: it waits for ever where nothing was iterated yet.
    messages.stop()
  }
  if (!signal.aborted) throw new Error(`The feed was interrupted: ${end}`)
}

/** Its last wait goes on when the iteration is left: whoever has made the messages ends them. */
async function* inBatches(messages: AsyncIterable<JsMsg>): AsyncGenerator<JsMsg[]> {
  const iterator = messages[Symbol.asyncIterator]()
  const ask = () => {
    const asked = iterator.next()
    // It may fail while nobody waits for it; whoever does so next hears of it.
    asked.catch(() => undefined)
    return asked
  }
  for (let asked = ask(); ;) {
    const first = await asked
    if (first.done) return
    const batch = [first.value]
    asked = ask()
    while (batch.length < maxBatchSize) {
      const next = await Promise.race([asked, turn()])
      if (!next || next.done) break
      batch.push(next.value)
      asked = ask()
    }
    yield batch
  }
}

async function stopAtInterruption(messages: ConsumerMessages, tell: (type: string) => void): Promise<void> {
  for await (const { type } of messages.status()) {
    if (!interruptions.includes(type)) continue
    tell(type)
    return messages.stop()
  }
}
