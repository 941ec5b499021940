import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type JsMsg,
  type StreamInfo,
} from '@nats-io/jetstream'

import { parseDomainEvent, serializeDomainEvent } from '../eventJson'
import { EventLogGapError, type Delivery, type DomainEvent } from '../eventLog'
import type { NatsConnection } from './connection'

/** Whether the server has refused for this reason. */
export const isJetStreamError = (error: unknown, code: JetStreamApiCodes): boolean =>
  error instanceof JetStreamApiError && error.code === code

export type TopicStream = ReturnType<typeof createTopicStream>

/** A place in a stream. */
export interface StreamPosition {
  /** When the stream was made: numbers of a stream that was lost mean nothing in the next one. */
  epoch: string
  /** The message's number, without a hole. */
  number: number
}

/**
 * One topic: a stream of its own, kept on disk.
 *
 * @param prefix begins the names of all streams and subjects of one system
 * @param bytes how much of the past is kept
 */
export function createTopicStream(connection: NatsConnection, prefix: string, topic: string, bytes: number) {
  const name = `${prefix}_${topic}`
  const subject = `${prefix}.${topic}`
  const client = jetstream(connection)
  let manager: Promise<JetStreamManager> | undefined
  const manage = () => (manager ??= jetstreamManager(connection, { checkAPI: false }))

  async function info(): Promise<StreamInfo> {
    const { streams } = await manage()
    try {
      return await streams.info(name)
    } catch (error) {
      if (!isJetStreamError(error, JetStreamApiCodes.StreamNotFound)) throw error
    }
    return streams.add({
      name,
      subjects: [subject],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: bytes,
    })
  }

  /** Returns the ID of the event with this number, '' for the beginning; undefined when the stream does not contain it. */
  async function eventIdAt(number: number): Promise<string | undefined> {
    if (number === 0) return ''
    const { streams } = await manage()
    const message = await streams.getMessage(name, { seq: number })
    return message ? parseDomainEvent(message.string()).id : undefined
  }

  /**
   * A position names its event: a server that comes back with an older store assigns the numbers of the events that it has
   * lost to others.
   */
  const toPosition = (created: string, number: number, eventId: string) =>
    `${created.replace(/\D/g, '')}.${number}.${eventId}`

  return {
    topic,
    name,
    client,
    manage,

    /** Returns the position of the newest event; creates the stream when there is none. */
    async readNewestPosition(): Promise<string> {
      const { created, state } = await info()
      return toPosition(created, state.last_seq, (await eventIdAt(state.last_seq)) ?? '')
    },

    /**
     * Returns the number of a position after which nothing was missed, and the life of the stream.
     *
     * @throws FeedGap also when the position's event is no longer in the stream: nothing then proves what followed it
     */
    async locate(position: string | undefined): Promise<StreamPosition> {
      const { created, state } = await info()
      const [, number] = /^\d+\.(\d+)\./.exec(position ?? '') ?? []
      const at = Number(number)
      const isTooOld = number === undefined || state.first_seq > at + 1
      const eventId = isTooOld ? undefined : await eventIdAt(at)
      if (eventId === undefined || position !== toPosition(created, at, eventId))
        throw new EventLogGapError(topic, position)
      return { epoch: created, number: at }
    },

    toDelivery(message: JsMsg, epoch: string): Delivery {
      const event = parseDomainEvent(message.string())
      return { event, position: toPosition(epoch, message.seq, event.id) }
    },

    /** Those of one entity one after the other: a lost one must not be overtaken. The server leaves out what it has. */
    async append(events: readonly DomainEvent[]): Promise<void> {
      await info()
      let left = events
      while (left.length > 0) {
        const wave = new Map<string, DomainEvent>()
        for (const event of left) if (!wave.has(event.entity)) wave.set(event.entity, event)
        const sent = new Set(wave.values())
        const results = await Promise.allSettled(
          [...sent].map((event) => client.publish(subject, serializeDomainEvent(event), { msgID: event.id })),
        )
        for (const result of results) if (result.status === 'rejected') throw result.reason
        left = left.filter((event) => !sent.has(event))
      }
    },
  }
}
