import type { NotificationTemplate, TemplateFacts } from './templates'

/** The people that a cause concerns for one reason. */
export type Audience =
  | { kind: 'users'; ids: readonly string[] }
  /** In lower case; unknown ones are ignored. */
  | { kind: 'handles'; handles: readonly string[] }
  /** The author of a post. */
  | { kind: 'author'; postId: string }
  /** All who are registered for an event, or only those who have a place. */
  | { kind: 'registered'; eventId: string; confirmedOnly: boolean }
  | { kind: 'administrators' }

/** An event about which people are notified, each at most once. */
export interface NotificationCause {
  /** Part of the unique key of a notification. */
  key: string
  /** Who caused it, and is not notified; null for the system. */
  actorId: string | null
  /** Whether its originator is hidden from recipients: moderators act in the name of the community. */
  hidesActor?: boolean
  subjectId: string | null
  /**
   * The post or event whose title is part of the text; null without one. About a post that is not published, only its author,
   * moderators and administrators are notified.
   */
  titleId: string | null
  /** Whether its audience may see the subject although it is not public, in which case the text has no title. */
  isVisibleToAudience?: boolean
  facts: TemplateFacts
  /**
   * Who is notified, with which text. Of several audiences that a person belongs to, the first one whose type the person has
   * not turned off decides.
   */
  audiences: readonly { template: NotificationTemplate; audience: Audience }[]
  /** The notifications disappear, as long as they are unread, when one of these keys is retracted. */
  retractionKeys: readonly string[]
}

/** The effect of a domain event on notifications. */
export interface NotificationEffects {
  /** Keys of the unread notifications that disappear. */
  retracts?: readonly string[]
  /** The ID of an entity that can no longer be seen (true), or can be seen again. Its notifications are not created. */
  hides?: { id: string; hidden: boolean }
  cause?: NotificationCause
  /** The ID of a user whose account was deleted. */
  deletedUserId?: string
}
