import { useDatabase } from '../local/database/startDatabase'
import type { FeedEvent } from '../subgraphs/shared/feed/feed'
import { openFeed } from '../subgraphs/shared/feed/openFeed'
import { createLog } from '../subgraphs/shared/log'

/** What the feed carries: on the embedded database, or on the NATS server at FEED_URL. */
export interface FeedFigures {
  /** From the first publish to the last event handled by one durable consumer, both at once. */
  perSecond: number
  /** How long a consumer that was down takes to handle what it missed. */
  recoverySeconds: number
}

const writers = 100
const topic = 'bench'

/** Publishes events one by one, from 100 writers at once, and consumes them; then again with the consumer down. */
export async function timeFeed(dataDir: string, total: number): Promise<FeedFigures> {
  const database = await useDatabase({ dataDir, log: console.log })
  const feed = await openFeed({
    url: process.env['FEED_URL'],
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
      position: async () => position,
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
    return { perSecond, recoverySeconds: (performance.now() - restarted) / 1000 }
  } finally {
    await feed.close()
    await database.close()
  }
}

function makeEvent(entity: string, sequence: number): FeedEvent {
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
