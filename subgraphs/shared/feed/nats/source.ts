import { AckPolicy, DeliverPolicy, JetStreamApiCodes, type JsMsg } from '@nats-io/jetstream'
import { nanos } from '@nats-io/transport-node'

import type { Source } from '../consume'
import { FeedGap } from '../feed'
import { messagesOf } from './messages'
import { isApiError, type Place, type Stream } from './stream'

/**
 * After how long a message comes again whose process was killed, or whose handling failed, in milliseconds. To send it back
 * is no faster: server 2.9 forgets what is sent back while nobody is asking, until this time is over.
 */
const acknowledgedWithin = 1500
const stillWorkingEvery = 300

/** NATS takes no dots in a consumer's name: they divide the subjects that it is asked on. See NATS’s ADR-6, “Naming Rules”. */
const durableName = (consumer: string): string => consumer.replaceAll('.', '-')

/**
 * A durable consumer. Of its messages only one is under way at a time, among all processes: so they come in order although
 * the processes share them. The stored position says what was handled; the server's own memory follows it.
 */
export function createSource(stream: Stream, consumer: string): Source {
  const durable = durableName(consumer)

  async function remove(): Promise<void> {
    const { consumers } = await stream.manage()
    try {
      await consumers.delete(stream.name, durable)
    } catch (error) {
      if (!isApiError(error, JetStreamApiCodes.ConsumerNotFound)) throw error
    }
  }

  async function add(after: number): Promise<void> {
    const { consumers } = await stream.manage()
    await consumers.add(stream.name, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(acknowledgedWithin),
      max_ack_pending: 1,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: after + 1,
    })
  }

  /** The number up to which everything was acknowledged; undefined where there is no such consumer. */
  async function acknowledged(): Promise<number | undefined> {
    const { consumers } = await stream.manage()
    try {
      return (await consumers.info(stream.name, durable)).ack_floor.stream_seq
    } catch (error) {
      if (isApiError(error, JetStreamApiCodes.ConsumerNotFound)) return undefined
      throw error
    }
  }

  async function begin(position: () => Promise<string | undefined>): Promise<Place> {
    await stream.newest()
    // In this order: another process at work stores the position before it acknowledges.
    const floor = await acknowledged()
    const place = await stream.locate(await position())
    if (floor !== undefined && floor > place.number) {
      // The consumer's database is an older one again.
      await remove()
      await add(place.number)
    } else if (floor === undefined) await add(place.number)
    return place
  }

  return {
    alone: (work, signal) => work(signal),

    async *read(position, signal) {
      const { epoch, number: from } = await begin(position)
      let number = from
      const pull = await stream.client.consumers.get(stream.name, durable)
      let underWay: JsMsg | undefined
      const working = setInterval(() => underWay?.working(), stillWorkingEvery)
      try {
        for await (const message of messagesOf(pull, 2, signal)) {
          underWay = message
          // Where one was left out, another process may have handled it; all that were acknowledged are stored.
          if (message.seq > number + 1) number = (await stream.locate(await position())).number
          if (message.seq > number + 1) throw new FeedGap(stream.topic, `${number}`)
          if (message.seq > number) {
            yield [stream.toDelivery(message, epoch)]
            number = message.seq
          }
          await message.ackAck()
          underWay = undefined
        }
      } finally {
        clearInterval(working)
      }
    },

    async restart() {
      const position = await stream.newest()
      const { number } = await stream.locate(position)
      await remove()
      await add(number)
      return position
    },
  }
}
