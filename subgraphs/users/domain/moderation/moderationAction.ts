import { derivedId } from '../../../../schema/ids'
import type { UserRole } from '../user'

export type ModerationActionType =
  | 'HIDE_COMMENT'
  | 'UNHIDE_COMMENT'
  | 'REMOVE_COMMENT'
  | 'REMOVE_POST'
  | 'RESTORE_POST'
  | 'REMOVE_EVENT'
  | 'REMOVE_CONTENT'
  | 'DISMISS_REPORT'
  | 'RESOLVE_REPORT'
  | 'SUSPEND_USER'
  | 'UNSUSPEND_USER'
  | 'SET_ROLE'

/** An entry of the moderation log, which is never changed. */
export interface ModerationAction {
  /** Derived from the ID of the domain event. */
  id: string
  type: ModerationActionType
  /** Null for operators. */
  moderatorId: string | null
  subjectId: string
  reason: string | null
  /** Of SET_ROLE. */
  role: UserRole | null
  /** Of SUSPEND_USER: when the suspension ends; null without an end. */
  until: Date | null
  createdAt: Date
}

/** Returns the ID of the entry of a domain event: always the same, so that an event that is delivered again adds none. */
export const deriveActionId = (eventId: string): string =>
  derivedId('ModerationAction', 'domain events', eventId)
