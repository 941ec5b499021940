import type { DomainEvent } from '../../../../packages/event-log'
import type { NotificationEffects } from '../../domain/notifications/cause'
import { toCommentEffects } from './commentEffects'
import { toEventEffects } from './eventEffects'
import { toPostEffects } from './postEffects'
import { toUserEffects } from './userEffects'

/** Returns what a domain event means for notifications; undefined for nothing. */
type EffectReader = (event: DomainEvent) => NotificationEffects | undefined

/** What the events of each topic mean for notifications. */
export const effectsByTopic = {
  comments: toCommentEffects,
  posts: toPostEffects,
  events: toEventEffects,
  users: toUserEffects,
} as const satisfies Record<string, EffectReader>
