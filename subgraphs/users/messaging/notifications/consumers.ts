import { startDurableConsumer, type DomainEvent, type RunningConsumer } from '../../../../packages/event-log'
import type { SubgraphResources } from '../../../../packages/subgraph-kit'
import type { NotificationCause } from '../../domain/notifications/cause'
import type { Notifier } from '../../service/notifications/notifier'
import { effectsByTopic } from './effects'

interface NotificationConsumersOptions extends Pick<SubgraphResources, 'eventLog' | 'connection'> {
  notifier: Notifier
}

type Topic = keyof typeof effectsByTopic
const topics = Object.keys(effectsByTopic) as Topic[]

/**
 * Creates the consumers that turn the domain events of all subgraphs into notifications. They have nothing to rebuild:
 * after a gap in the log they continue with the newest event.
 */
export function createNotificationConsumers({
  eventLog,
  connection,
  notifier,
}: NotificationConsumersOptions) {
  let consumers: RunningConsumer[] = []

  /** Handles events in their order. Idempotent. */
  async function handle(topic: Topic, events: readonly DomainEvent[]): Promise<void> {
    const effects = events.flatMap((event) => effectsByTopic[topic](event) ?? [])
    const hidden = effects.flatMap(({ hides }) => (hides ? [[hides.id, hides.hidden] as const] : []))
    await notifier.setHidden(new Map(hidden))
    let causes: NotificationCause[] = []
    for (const { retracts = [], deletedUserId, cause } of effects) {
      if (retracts.length > 0) {
        // The retracted notifications may have causes before it.
        await notifier.notify(causes)
        causes = []
        await notifier.retract(retracts)
      }
      if (deletedUserId !== undefined) await notifier.deleteOf(deletedUserId)
      if (cause) causes.push(cause)
    }
    await notifier.notify(causes)
  }

  return {
    start(): void {
      consumers = topics.map((topic) =>
        startDurableConsumer({
          eventLog,
          connection,
          topic,
          consumer: 'users.notifications',
          handle: (events) => handle(topic, events),
        }),
      )
    },
    close: async (): Promise<void> => {
      await Promise.all(consumers.map((consumer) => consumer.close()))
    },
  }
}
