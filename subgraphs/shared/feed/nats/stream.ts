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

import { fromText, toText } from '../eventText'
import { FeedGap, type Delivery, type FeedEvent } from '../feed'
import type { NatsConnection } from './connect'

/** Whether the server has refused for this reason. */
export const isApiError = (error: unknown, code: JetStreamApiCodes): boolean =>
  error instanceof JetStreamApiError && error.code === code

export type Stream = ReturnType<typeof createStream>

/** A place in a stream. */
export interface Place {
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
export function createStream(connection: NatsConnection, prefix: string, topic: string, bytes: number) {
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
      if (!isApiError(error, JetStreamApiCodes.StreamNotFound)) throw error
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

  const toPosition = (created: string, number: number) => `${created.replace(/\D/g, '')}.${number}`

  return {
    topic,
    name,
    client,
    manage,

    /** The position of the newest message; makes the stream where there is none. */
    async newest(): Promise<string> {
      const { created, state } = await info()
      return toPosition(created, state.last_seq)
    },

    /** The number at a position after which nothing is missed, and the life of the stream. @throws FeedGap */
    async locate(position: string | undefined): Promise<Place> {
      const { created, state } = await info()
      const [, number] = /^\d+\.(\d+)$/.exec(position ?? '') ?? []
      const at = Number(number)
      if (
        number === undefined ||
        position !== toPosition(created, at) ||
        at > state.last_seq ||
        state.first_seq > at + 1
      ) {
        throw new FeedGap(topic, position)
      }
      return { epoch: created, number: at }
    },

    toDelivery(message: JsMsg, epoch: string): Delivery {
      return { event: fromText(message.string()), position: toPosition(epoch, message.seq) }
    },

    /** Those of one entity one after the other: a lost one must not be overtaken. The server leaves out what it has. */
    async append(events: readonly FeedEvent[]): Promise<void> {
      await info()
      let left = events
      while (left.length > 0) {
        const wave = new Map<string, FeedEvent>()
        for (const event of left) if (!wave.has(event.entity)) wave.set(event.entity, event)
        const sent = new Set(wave.values())
        const results = await Promise.allSettled(
          [...sent].map((event) => client.publish(subject, toText(event), { msgID: event.id })),
        )
        for (const result of results) if (result.status === 'rejected') throw result.reason
        left = left.filter((event) => !sent.has(event))
      }
    },
  }
}
