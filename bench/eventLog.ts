import { attachOrStartMongodb } from '../cli/embedded-mongodb/embeddedMongodb'
import { openEventLog, type DomainEvent } from '../packages/event-log'
import { createLog } from '../packages/platform/log'

/** The throughput of the event log, on the embedded database or on the NATS server of EVENT_LOG_URL. */
interface EventLogFigures {
  /** Of concurrent publishing and consuming, until one durable consumer has handled the last event. */
  eventsPerSecond: number
  /** Time that a consumer needs to handle the events of its downtime. */
  recoverySeconds: number
}

const writers = 100
const topic = 'bench'

/** Publishes single events from 100 concurrent writers and consumes them, then again while the consumer is down. */
export async function measureEventLog(dataDir: string, total: number): Promise<EventLogFigures> {
  const database = await attachOrStartMongodb({ dataDir, log: console.log })
  const eventLog = await openEventLog({
    url: process.env['EVENT_LOG_URL'],
    mongodbUri: database.uri,
    database: 'bench_feed',
    log: createLog('bench', 'error'),
  })
  let position: string | undefined
  let handled = 0
  let notify = () => {}

  const consume = () =>
    eventLog.consume({
      topic,
      consumer: 'bench',
      readPosition: async () => position,
      async handle(events, after) {
        position = after
        handled += events.length
        notify()
      },
      async rebuild(now) {
        position = now
        notify()
      },
    })
  const waitFor = (condition: () => boolean) =>
    new Promise<void>((resolve) => {
      notify = () => condition() && resolve()
      notify()
    })
  const publishAll = async (round: string) => {
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let sequence = 1; sequence <= total / writers; sequence++) {
          await eventLog.publish(topic, [createEvent(`${round}-${writer}`, sequence)])
        }
      }),
    )
  }

  try {
    const running = consume()
    await waitFor(() => position !== undefined)
    const startedAt = performance.now()
    await Promise.all([publishAll('up'), waitFor(() => handled === total)])
    const eventsPerSecond = total / ((performance.now() - startedAt) / 1000)

    await running.close()
    await publishAll('down')
    const restartedAt = performance.now()
    consume()
    await waitFor(() => handled === 2 * total)
    return { eventsPerSecond, recoverySeconds: (performance.now() - restartedAt) / 1000 }
  } finally {
    await eventLog.close()
    await database.close()
  }
}

function createEvent(entity: string, sequence: number): DomainEvent {
  const data = { title: 'A title of average length', count: sequence }
  return {
    id: `${entity}-${sequence}`,
    type: 'thing.changed',
    entity,
    sequence,
    at: new Date().toISOString(),
    data,
  }
}
