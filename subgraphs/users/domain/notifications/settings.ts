import { notificationTypes, type NotificationType } from './types'

export const notificationChannels = ['INBOX', 'EMAIL'] as const
export type NotificationChannel = (typeof notificationChannels)[number]

/** The channels of one type of notifications, for one user. */
export interface NotificationSetting {
  type: NotificationType
  channels: NotificationChannel[]
}

/** The settings that a user has changed, by type. */
export type ChangedChannels = Partial<Record<NotificationType, NotificationChannel[]>>

/** The types that are urgent for a recipient, or that concern the security of the account. */
const mailedTypes: ReadonlySet<NotificationType> = new Set([
  'WAITLIST_PROMOTED',
  'EVENT_CANCELLED',
  'EVENT_ANNOUNCEMENT',
  'ROLE_CHANGED',
])

/** Returns the channels of a type: those that the user has set, or the default. */
export function getChannels(
  changed: ChangedChannels | undefined,
  type: NotificationType,
): NotificationChannel[] {
  return changed?.[type] ?? (mailedTypes.has(type) ? ['INBOX', 'EMAIL'] : ['INBOX'])
}

/** Returns the settings of all types. */
export const listSettings = (changed: ChangedChannels | undefined): NotificationSetting[] =>
  notificationTypes.map((type) => ({ type, channels: getChannels(changed, type) }))
