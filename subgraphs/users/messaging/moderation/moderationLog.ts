import { startDurableConsumer, type DomainEvent, type RunningConsumer } from '../../../../packages/event-log'
import type { SubgraphResources } from '../../../../packages/subgraph-kit'
import type { ModerationActionRepository } from '../../repository'
import { toModerationAction } from './toModerationAction'

interface ModerationLogOptions extends Pick<SubgraphResources, 'connection' | 'eventLog'> {
  moderationActions: Pick<ModerationActionRepository, 'append'>
}

/** The subgraphs whose events are acts of moderators. */
const topics = ['users', 'events', 'posts', 'comments'] as const

/**
 * Creates the consumers that materialise the moderation log from the domain events of all subgraphs. The log is
 * append-only, and never rebuilt, since no owner has the acts of the past.
 */
export function createModerationLog({ moderationActions, ...options }: ModerationLogOptions) {
  let consumers: RunningConsumer[] = []
  return {
    start(): void {
      consumers = topics.map((topic) =>
        startDurableConsumer({
          ...options,
          topic,
          consumer: 'users.moderation',
          handle: (events: readonly DomainEvent[]) =>
            moderationActions.append(events.flatMap((event) => toModerationAction(event) ?? [])),
        }),
      )
    },
    async close(): Promise<void> {
      await Promise.all(consumers.map((consumer) => consumer.close()))
    },
  }
}
