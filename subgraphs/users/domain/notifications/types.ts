export const notificationTypes = [
  'REPLY',
  'MENTION',
  'COMMENT_ON_POST',
  'WAITLIST_PROMOTED',
  'EVENT_CHANGED',
  'EVENT_CANCELLED',
  'EVENT_REMINDER',
  'EVENT_ANNOUNCEMENT',
  'REPORT_RESOLVED',
  'CONTENT_REMOVED',
  'ROLE_CHANGED',
] as const
export type NotificationType = (typeof notificationTypes)[number]

const discussionTypes: readonly NotificationType[] = ['REPLY', 'MENTION', 'COMMENT_ON_POST']

/** Returns whether notifications of a type ask their recipient to take part, which suspended users cannot. */
export const isAboutDiscussion = (type: NotificationType): boolean => discussionTypes.includes(type)
