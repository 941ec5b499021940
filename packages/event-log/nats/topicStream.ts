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
import { RequestError } from '@nats-io/transport-node'
import { setTimeout as wait } from 'node:timers/promises'

import { withTimeout } from '../../platform'
import { parseDomainEvent, readAge, serializeDomainEvent } from '../eventJson'
import { EventLogGapError, type Delivery, type DomainEvent, type TopicLag } from '../eventLog'
import type { Log } from '../../platform/log'
import type { NatsConnection } from './connection'

/** Returns whether an error is the server's response with this code. */
export const isJetStreamError = (error: unknown, code: JetStreamApiCodes): boolean =>
  error instanceof JetStreamApiError && error.code === code

export type TopicStream = ReturnType<typeof createTopicStream>

/** A position in a stream. */
export interface StreamPosition {
  /** When the stream was created: numbers of a lost stream are invalid in the one that replaces it. */
  epoch: string
  /** The message's sequence; consecutive. */
  number: number
}

interface TopicStreamOptions {
  /** The prefix of all streams and subjects of one system. */
  prefix: string
  topic: string
  /** The retention of a new stream. */
  maxBytes: number
  /** The copies of the stream. Default: 3 where the cluster has three servers, otherwise 1. */
  replicas?: number | undefined
  log: Log
}

/** How long a server has to respond. When it was killed, the retry reaches the next leader of the stream. */
const requestTimeoutMs = 1500

/** How often events are sent again while a stream has no leader, and for how long: less than the claim of an outbox relay. */
const leaderPollMs = 100
const leaderWaitMs = 3000

/** Returns whether the stream has no leader: it does not exist, or its leader was killed and the servers elect another one. */
const hasNoLeader = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof RequestError && error.cause.isNoResponders()

/** Creates one topic: a stream, stored on disk. */
export function createTopicStream(
  connection: NatsConnection,
  { prefix, topic, maxBytes, replicas, log }: TopicStreamOptions,
) {
  const name = `${prefix}_${topic}`
  const subject = `${prefix}.${topic}`
  const client = jetstream(connection, { timeout: requestTimeoutMs })
  let manager: Promise<JetStreamManager> | undefined
  const openManager = () =>
    (manager ??= jetstreamManager(connection, { checkAPI: false, timeout: requestTimeoutMs }))

  // A single server announces no addresses of others.
  const chooseReplicas = () => replicas ?? ((connection.info?.connect_urls?.length ?? 0) >= 3 ? 3 : 1)
  let canRaiseReplicas = true
  /** The copies of the stream when its state was last read; 0 before that. */
  let knownReplicas = 0

  /** Adds copies to a stream that was created with fewer, for example while servers of the cluster were down. */
  async function raiseReplicas({ config }: StreamInfo): Promise<void> {
    const wanted = chooseReplicas()
    if (!canRaiseReplicas || config.num_replicas >= wanted) return
    canRaiseReplicas = false
    try {
      const { streams } = await openManager()
      await streams.update(name, { num_replicas: wanted })
    } catch (error) {
      log.warn(
        { err: error, topic, replicas: wanted },
        'Copies could not be added to a topic of the event log',
      )
    }
  }

  /** Returns the stream's state; creates the stream if it does not exist. */
  async function readInfo(): Promise<StreamInfo> {
    const { streams } = await openManager()
    try {
      const info = await streams.info(name)
      knownReplicas = info.config.num_replicas
      await raiseReplicas(info)
      return info
    } catch (error) {
      if (!isJetStreamError(error, JetStreamApiCodes.StreamNotFound)) throw error
    }
    const created = await streams.add({
      name,
      subjects: [subject],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      max_bytes: maxBytes,
      num_replicas: chooseReplicas(),
    })
    knownReplicas = created.config.num_replicas
    return created
  }

  /**
   * Returns the ID of the event with this number, '' for the beginning; undefined when the stream does not
   * contain it.
   */
  async function findEventId(number: number): Promise<string | undefined> {
    if (number === 0) return ''
    const { streams } = await openManager()
    const message = await streams.getMessage(name, { seq: number })
    return message ? parseDomainEvent(message.string()).id : undefined
  }

  /**
   * Formats a position, which contains the event's ID: a server that restarts with an older store assigns the
   * numbers of the events that it has lost to others.
   */
  const formatPosition = (created: string, number: number, eventId: string) =>
    `${created.replace(/\D/g, '')}.${number}.${eventId}`

  return {
    topic,
    name,
    client,
    openManager,

    /** Returns the position of the newest event; creates the stream if it does not exist. */
    async readNewestPosition(): Promise<string> {
      const { created, state } = await readInfo()
      return formatPosition(created, state.last_seq, (await findEventId(state.last_seq)) ?? '')
    },

    /**
     * Returns the number of a position after which no event was missed, and the epoch of the stream.
     *
     * @throws EventLogGapError also when the position's event is beyond the retention: nothing then proves
     *   which event followed it
     */
    async locate(position: string | undefined): Promise<StreamPosition> {
      const { created, state } = await readInfo()
      const [, number] = /^\d+\.(\d+)\./.exec(position ?? '') ?? []
      const sequence = Number(number)
      const isTooOld = number === undefined || state.first_seq > sequence + 1
      const eventId = isTooOld ? undefined : await findEventId(sequence)
      if (eventId === undefined || position !== formatPosition(created, sequence, eventId))
        throw new EventLogGapError(topic, position)
      return { epoch: created, number: sequence }
    },

    /** Returns the events after a position. @throws EventLogGapError */
    async readLag(position: string | undefined): Promise<TopicLag> {
      const { created, state } = await readInfo()
      const [, epoch, number] = /^(\d+)\.(\d+)\./.exec(position ?? '') ?? []
      if (number === undefined || epoch !== created.replace(/\D/g, ''))
        throw new EventLogGapError(topic, position)
      const events = Math.max(0, state.last_seq - Number(number))
      if (events === 0) return { events, seconds: 0 }
      const { streams } = await openManager()
      const next = await streams.getMessage(name, { seq: Math.max(state.first_seq, Number(number) + 1) })
      return { events, seconds: next ? readAge(parseDomainEvent(next.string())) : 0 }
    },

    toDelivery(message: JsMsg, epoch: string): Delivery {
      const event = parseDomainEvent(message.string())
      return { event, position: formatPosition(epoch, message.seq, event.id) }
    },

    /**
     * Appends events: those of one entity one after the other, since a later event must not overtake one that
     * fails. Idempotent: the server rejects duplicates by their ID.
     */
    async append(events: readonly DomainEvent[]): Promise<void> {
      // Creates the stream, and adds copies when the cluster has got more servers.
      if (knownReplicas < chooseReplicas()) await readInfo()
      const endMs = performance.now() + leaderWaitMs
      let left = events
      while (left.length > 0) {
        const wave = new Map<string, DomainEvent>()
        for (const event of left) if (!wave.has(event.entity)) wave.set(event.entity, event)
        const sentEvents = new Set(wave.values())
        const results = await Promise.allSettled(
          [...sentEvents].map((event) =>
            client.publish(subject, serializeDomainEvent(event), {
              msgID: event.id,
              timeout: requestTimeoutMs,
            }),
          ),
        )
        const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
        if (failures.length > 0) {
          if (!failures.every(hasNoLeader) || performance.now() > endMs) throw failures[0]
          // Only a stream that does not exist gets a response.
          await Promise.all([
            wait(leaderPollMs),
            withTimeout(leaderPollMs, readInfo()).catch(() => undefined),
          ])
          continue
        }
        left = left.filter((event) => !sentEvents.has(event))
      }
    },
  }
}
