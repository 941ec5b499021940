import type { Consumer, ConsumerMessages, JsMsg } from '@nats-io/jetstream'

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
 * The messages of a consumer until the signal ends them.
 *
 * @param most how many are asked for ahead
 * @throws when the consumer or the connection was lost: what comes next is to be looked for anew
 */
export async function* messagesOf(
  consumer: Consumer,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<JsMsg> {
  const messages = await consumer.consume({ max_messages: most, expires: 10_000, idle_heartbeat: 2000 })
  let end = 'closed'
  const stop = () => messages.stop()
  signal.addEventListener('abort', stop)
  void stopAtInterruption(messages, (type) => (end = type))
  try {
    if (!signal.aborted) yield* messages
  } finally {
    signal.removeEventListener('abort', stop)
    // Not close: it waits for ever where nothing was iterated yet.
    messages.stop()
  }
  if (!signal.aborted) throw new Error(`The feed was interrupted: ${end}`)
}

async function stopAtInterruption(messages: ConsumerMessages, tell: (type: string) => void): Promise<void> {
  for await (const { type } of messages.status()) {
    if (!interruptions.includes(type)) continue
    tell(type)
    return messages.stop()
  }
}
