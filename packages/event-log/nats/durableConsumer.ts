import { AckPolicy, DeliverPolicy, JetStreamApiCodes, type Consumer } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'

import { maxBatchSize } from '../../platform'
import { isJetStreamError, type TopicStream } from './topicStream'

/** After how long the server redelivers unacknowledged messages: longer than nearly every batch takes. */
const ackTimeoutMs = 30_000

/**
 * Creates a durable consumer that begins after a message, and deletes an existing one of this name with its
 * unacknowledged messages: the stored position decides, and the server would redeliver those of a killed
 * process only after a timeout.
 */
export async function createDurableConsumer(
  stream: TopicStream,
  consumer: string,
  after: number,
): Promise<Consumer> {
  const name = toDurableName(consumer)
  const { consumers } = await stream.openManager()
  try {
    await consumers.delete(stream.name, name)
  } catch (error) {
    if (!isJetStreamError(error, JetStreamApiCodes.ConsumerNotFound)) throw error
  }
  await consumers.add(stream.name, {
    durable_name: name,
    ack_policy: AckPolicy.All,
    ack_wait: nanos(ackTimeoutMs),
    max_ack_pending: maxBatchSize,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: after + 1,
  })
  return stream.client.consumers.get(stream.name, name)
}

/** Replaces dots, which separate the tokens of subjects (NATS ADR-6, "Naming Rules"). */
const toDurableName = (consumer: string): string => consumer.replaceAll('.', '-')
