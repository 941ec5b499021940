import type { NotificationType } from './types'

/** The parts of a text besides the name of the actor, as they were when the notification was created. */
export interface TemplateFacts {
  /** The title of the event, or of the post. */
  title?: string
  /** The message of an announcement, or a moderator's reason. */
  message?: string
  /** The new role. */
  role?: string
  /** When the event starts: ISO 8601 in UTC. */
  startsAt?: string
}

interface Template {
  type: NotificationType
  /** @param actor the name of the actor */
  render(facts: TemplateFacts, actor: string): string
  /** Renders the subject of the mail; by default, that is the text. */
  renderSubject?(facts: TemplateFacts): string
}

/** Returns a title in quotation marks, or a description for a title that is unknown. */
const quote = ({ title }: TemplateFacts, otherwise: string) =>
  title === undefined ? otherwise : `“${title}”`

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const withReason = (text: string, { message }: TemplateFacts) =>
  message === undefined ? text : `${text} Reason: ${message}`

const formatInstant = (iso: string | undefined) =>
  iso === undefined ? 'soon' : `on ${iso.slice(0, 10)} at ${iso.slice(11, 16)} UTC`

const roleNames: Readonly<Record<string, string>> = { ADMIN: 'administrator', MODERATOR: 'moderator' }

const event = (facts: TemplateFacts) => quote(facts, 'an event of yours')
const post = (facts: TemplateFacts) => quote(facts, 'a post')

/** All kinds of texts. Stored notifications name their template, so that names stay. */
const templates = {
  reply: {
    type: 'REPLY',
    render: (facts, actor) => `${actor} replied to your comment on ${post(facts)}.`,
  },
  mentionInComment: {
    type: 'MENTION',
    render: (facts, actor) => `${actor} mentioned you in a comment on ${post(facts)}.`,
  },
  mentionInPost: {
    type: 'MENTION',
    render: (facts, actor) => `${actor} mentioned you in ${post(facts)}.`,
  },
  commentOnPost: {
    type: 'COMMENT_ON_POST',
    render: (facts, actor) => `${actor} commented on ${quote(facts, 'your post')}.`,
  },
  waitlistPromoted: {
    type: 'WAITLIST_PROMOTED',
    render: (facts) =>
      `You have moved up from the waitlist: your registration for ${event(facts)} is confirmed.`,
  },
  timeChanged: { type: 'EVENT_CHANGED', render: (facts) => `The time of ${event(facts)} has changed.` },
  venueChanged: { type: 'EVENT_CHANGED', render: (facts) => `The venue of ${event(facts)} has changed.` },
  timeAndVenueChanged: {
    type: 'EVENT_CHANGED',
    render: (facts) => `The time and the venue of ${event(facts)} have changed.`,
  },
  partyTooLarge: {
    type: 'EVENT_CHANGED',
    render: (facts) =>
      `Your party is larger than the new capacity of ${event(facts)}. Bring fewer guests to keep your registration.`,
  },
  organizerGone: {
    type: 'EVENT_CHANGED',
    render: (facts) =>
      `The organizer of ${quote(facts, 'an event')} no longer has an account. Transfer the event to another organizer.`,
  },
  eventTransferred: {
    type: 'EVENT_CHANGED',
    render: (facts) => `You are now the organizer of ${quote(facts, 'an event')}.`,
  },
  eventCancelled: {
    type: 'EVENT_CANCELLED',
    render: (facts) => `${capitalize(event(facts))} was cancelled.`,
  },
  eventDeleted: {
    type: 'EVENT_CANCELLED',
    render: (facts) =>
      `An event that you were registered for was removed. It was to start ${formatInstant(facts.startsAt)}.`,
  },
  eventReminder: {
    type: 'EVENT_REMINDER',
    render: (facts) => `${capitalize(event(facts))} starts ${formatInstant(facts.startsAt)}.`,
  },
  eventAnnouncement: {
    type: 'EVENT_ANNOUNCEMENT',
    render: (facts) => `${capitalize(event(facts))}: ${facts.message ?? ''}`,
    renderSubject: (facts) => `Message about ${event(facts)}`,
  },
  reportResolved: {
    type: 'REPORT_RESOLVED',
    render: () => 'A moderator has acted on your report. Thank you.',
  },
  reportDismissed: {
    type: 'REPORT_RESOLVED',
    render: () => 'A moderator has reviewed your report and found no violation.',
  },
  postRemoved: {
    type: 'CONTENT_REMOVED',
    render: (facts) => withReason('A moderator has removed your post.', facts),
  },
  commentRemoved: {
    type: 'CONTENT_REMOVED',
    render: (facts) => withReason('A moderator has removed your comment.', facts),
  },
  commentHidden: {
    type: 'CONTENT_REMOVED',
    render: (facts) => withReason('A moderator has hidden your comment.', facts),
  },
  eventRemoved: {
    type: 'CONTENT_REMOVED',
    render: (facts) => withReason('A moderator has removed your event.', facts),
  },
  roleChanged: {
    type: 'ROLE_CHANGED',
    render: ({ role }) => `Your role is now ${roleNames[role ?? ''] ?? 'member'}.`,
  },
} as const satisfies Record<string, Template>

export type NotificationTemplate = keyof typeof templates

/** Returns the type of the notifications with a text. */
export const readTemplateType = (template: NotificationTemplate): NotificationType => templates[template].type

/**
 * Renders the plain text of a notification.
 *
 * @param actorName null when the actor is the system, or has no account any more
 */
export function renderText(
  { template, facts }: { template: NotificationTemplate; facts: TemplateFacts },
  actorName: string | null,
): string {
  const { render }: Template = templates[template]
  return render(facts, actorName ?? 'A deleted user')
}

/** Renders the subject of the mail about a notification with this text. */
export function renderSubject(
  { template, facts }: { template: NotificationTemplate; facts: TemplateFacts },
  text: string,
): string {
  const { renderSubject: render }: Template = templates[template]
  return render?.(facts) ?? text
}
