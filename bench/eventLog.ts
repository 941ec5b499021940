import { attachOrStartMongodb } from '../cli/embedded-mongodb/embeddedMongodb'
import type { DomainEvent } from '../packages/event-log/eventLog'
import { openEventLog } from '../packages/event-log/openEventLog'
import { createLog } from '../packages/platform/log'

/** What the feed carries: on the embedded database, or on the NATS server at EVENT_LOG_URL. */
export interface EventLogFigures {
  /** From the first publish to the last event handled by one durable consumer, both at once. */
  eventsPerSecond: number
  /** How long a consumer that was down takes to handle what it missed. */
  recoverySeconds: number
}

const writers = 100
const topic = 'bench'

/** Publishes events one by one, from 100 writers at once, and consumes them; then again with the consumer down. */
export async function measureEventLog(dataDir: string, total: number): Promise<EventLogFigures> {
  const database = await attachOrStartMongodb({ dataDir, log: console.log })
  const feed = await openEventLog({
    url: process.env['EVENT_LOG_URL'],
    mongodbUri: database.uri,
    database: 'bench_feed',
    log: createLog('feed', 'error'),
  })
  let position: string | undefined
  let handled = 0
  let reached = () => {}

  const consume = () =>
    feed.consume({
      topic,
      consumer: 'bench',
      readPosition: async () => position,
      async handle(events, after) {
        position = after
        handled += events.length
        reached()
      },
      async rebuild(now) {
        position = now
        reached()
      },
    })
  const until = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      reached = () => condition() && resolve()
      reached()
    })
  const publishAll = async (round: string) => {
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let sequence = 1; sequence <= total / writers; sequence++) {
          await feed.publish(topic, [makeEvent(`${round}-${writer}`, sequence)])
        }
      }),
    )
  }

  try {
    const running = consume()
    await until(() => position !== undefined)
    const began = performance.now()
    await Promise.all([publishAll('up'), until(() => handled === total)])
    const perSecond = total / ((performance.now() - began) / 1000)

    await running.close()
    await publishAll('down')
    const restarted = performance.now()
    consume()
    await until(() => handled === 2 * total)
    return { eventsPerSecond: perSecond, recoverySeconds: (performance.now() - restarted) / 1000 }
  } finally {
    await feed.close()
    await database.close()
  }
}

function makeEvent(entity: string, sequence: number): DomainEvent {
  const data = { title: 'What happened, in a few words', count: sequence }
  return {
    id: `${entity}-${sequence}`,
    type: 'thing.changed',
    entity,
    sequence,
    at: new Date().toISOString(),
    data,
  }
}
