import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { maxBatchSize } from '../../platform'

/** Statuses after which the client continues by itself, but messages may have been missed. */
const interruptions: readonly string[] = [
  'heartbeats_missed',
  'stream_not_found',
  'consumer_not_found',
  'consumer_deleted',
  'ordered_consumer_recreated',
  'no_responders',
]

/**
 * Yields a consumer's messages until the signal is aborted. A batch contains all messages that arrived while
 * the previous one was handled.
 *
 * @throws when the consumer or the connection was lost: the caller must resume from its position
 */
export async function* readMessageBatches(consumer: Consumer, signal: AbortSignal): AsyncGenerator<JsMsg[]> {
  const messages = await consumer.consume({
    max_messages: maxBatchSize,
    expires: 10_000,
    idle_heartbeat: 2000,
  })
  let reason = 'closed'
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop)
  void stopAtInterruption(messages, (type) => (reason = type))
  try {
    if (!signal.aborted) yield* toBatches(messages)
  } finally {
    signal.removeEventListener('abort', stop)
    // `close` would never resolve if nothing was iterated yet.
    messages.stop()
  }
  if (!signal.aborted) throw new Error(`Reading the event log was interrupted: ${reason}`)
}

/**
 * Groups messages. The last call of `next` is still pending when the iteration is left: the caller stops the
 * messages.
 */
async function* toBatches(messages: AsyncIterable<JsMsg>): AsyncGenerator<JsMsg[]> {
  const iterator = messages[Symbol.asyncIterator]()
  const readNext = () => {
    const next = iterator.next()
    // It may reject before it is awaited; the await below still throws.
    next.catch(() => undefined)
    return next
  }
  for (let pending = readNext(); ;) {
    const first = await pending
    if (first.done) return
    const batch = [first.value]
    pending = readNext()
    while (batch.length < maxBatchSize) {
      const next = await Promise.race([pending, nextTurn()])
      if (!next || next.done) break
      batch.push(next.value)
      pending = readNext()
    }
    yield batch
  }
}

async function stopAtInterruption(
  messages: ConsumerMessages,
  onInterruption: (type: string) => void,
): Promise<void> {
  for await (const { type } of messages.status()) {
    if (!interruptions.includes(type)) continue
    onInterruption(type)
    return messages.stop()
  }
}
