import { AckPolicy, DeliverPolicy, JetStreamApiCodes, type Consumer } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'

import { maxBatchSize } from './messageBatches'
import { isJetStreamError, type TopicStream } from './topicStream'

/** After how long the server gives again what was not acknowledged, in milliseconds: longer than nearly all is handled in. */
const acknowledgedWithin = 30_000

/**
 * A durable consumer that begins after a message. One of this name that there was is gone, with what it had under way: the
 * position that the consumer has stored is what counts, and the server would take a while to give again what a process
 * had that was killed.
 */
export async function createDurableConsumer(
  stream: TopicStream,
  consumer: string,
  after: number,
): Promise<Consumer> {
  const name = durableName(consumer)
  const { consumers } = await stream.manage()
  try {
    await consumers.delete(stream.name, name)
  } catch (error) {
    if (!isJetStreamError(error, JetStreamApiCodes.ConsumerNotFound)) throw error
  }
  await consumers.add(stream.name, {
    durable_name: name,
    ack_policy: AckPolicy.All,
    ack_wait: nanos(acknowledgedWithin),
    max_ack_pending: maxBatchSize,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
  })
  return stream.client.consumers.get(stream.name, name)
}

/** Dots divide the subjects that a consumer is asked on: its name has none (NATS ADR-6, "Naming Rules"). */
const durableName = (consumer: string): string => consumer.replaceAll('.', '-')
