import type { DomainEvent } from '../../../../packages/event-log'
import type { NotificationEffects } from '../../domain/notifications/cause'
import { toCommentEffects } from './commentEffects'
import { toEventEffects } from './eventEffects'
import { toPostEffects } from './postEffects'
import { toUserEffects } from './userEffects'

/** Returns the effect of a domain event on notifications; undefined for none. */
type EffectReader = (event: DomainEvent) => NotificationEffects | undefined

/** The effects of the events of each topic. */
export const effectsByTopic = {
  comments: toCommentEffects,
  posts: toPostEffects,
  events: toEventEffects,
  users: toUserEffects,
} as const satisfies Record<string, EffectReader>
