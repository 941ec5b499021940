import { z } from 'zod'

import type { DomainEvent } from '../../../../packages/event-log'
import type { Audience, NotificationCause, NotificationEffects } from '../../domain/notifications/cause'
import type { NotificationTemplate, TemplateFacts } from '../../domain/notifications/templates'

const dataShape = z.object({
  status: z.string().optional(),
  wasPublished: z.boolean().optional(),
  organizerId: z.string().nullish(),
  actorId: z.string().nullish(),
  changed: z.array(z.string()).default([]),
  moderatorId: z.string().nullish(),
  reason: z.string().optional(),
  announcementId: z.string().optional(),
  message: z.string().optional(),
  startsAt: z.string().optional(),
  registrationId: z.string().optional(),
  userId: z.string().optional(),
  userIds: z.array(z.string()).default([]),
})
type EventData = z.infer<typeof dataShape>

/** The key of notifications about an event that takes place, which its cancellation retracts. */
const upcomingKey = (id: string) => `upcoming/${id}`
/** The key of the cause of notifications about a deletion: of an organizer who is registered, too, there is one. */
const deletionKey = (id: string) => `deleted/${id}`
/** The key of the notification of a promotion, which the cancellation of the registration retracts. */
const promotionKey = (registrationId: string) => `promotion/${registrationId}`

/** Returns the effects of an event of an event or a registration. */
export function toEventEffects(event: DomainEvent): NotificationEffects | undefined {
  const { type, entity: eventId } = event
  const parsed = dataShape.safeParse(event.data)
  if (!parsed.success) return undefined
  const data = parsed.data
  const registered: Audience = { kind: 'registered', eventId, confirmedOnly: false }
  const users = (...ids: (string | null | undefined)[]): Audience => ({
    kind: 'users',
    ids: ids.flatMap((id) => id ?? []),
  })
  const notify = (
    template: NotificationTemplate,
    audience: Audience | readonly Audience[],
    more: Partial<NotificationCause> = {},
  ): NotificationEffects => ({
    cause: {
      key: `event/${event.id}`,
      actorId: data.actorId ?? data.moderatorId ?? null,
      subjectId: eventId,
      titleId: eventId,
      facts: {},
      audiences: [audience].flat().map((each) => ({ template, audience: each })),
      retractionKeys: [eventId, upcomingKey(eventId)],
      ...more,
    },
  })
  switch (type) {
    case 'event.changed': {
      const template = toChangeTemplate(data.changed)
      return data.status === 'PUBLISHED' && template
        ? notify(template, [registered, users(data.organizerId)])
        : undefined
    }
    case 'event.cancelled':
      if (data.wasPublished !== true) return undefined
      return {
        retracts: [upcomingKey(eventId)],
        ...notify('eventCancelled', [registered, users(data.organizerId)], {
          key: `cancelled/${eventId}`,
          retractionKeys: [eventId],
        }),
      }
    case 'event.deleted':
      return {
        hides: { id: eventId, hidden: true },
        retracts: [eventId],
        ...(data.moderatorId != null &&
          notify('eventRemoved', users(data.organizerId), {
            key: deletionKey(eventId),
            hidesActor: true,
            subjectId: null,
            titleId: null,
            facts: toFacts({ message: data.reason }),
            retractionKeys: [],
          })),
      }
    case 'event.registrationsDeleted':
      // Without the title, which may be the reason of the removal.
      return notify('eventDeleted', users(...data.userIds), {
        key: deletionKey(eventId),
        hidesActor: true,
        subjectId: null,
        titleId: null,
        facts: toFacts({ startsAt: data.startsAt }),
        retractionKeys: [],
      })
    case 'event.announced':
      return notify('eventAnnouncement', registered, {
        key: `announcement/${data.announcementId ?? event.id}`,
        actorId: data.actorId ?? data.organizerId ?? null,
        facts: toFacts({ message: data.message }),
        retractionKeys: [eventId],
      })
    case 'event.reminderDue':
      return notify(
        'eventReminder',
        { kind: 'registered', eventId, confirmedOnly: true },
        {
          key: `reminder/${eventId}/${data.startsAt ?? ''}`,
          facts: toFacts({ startsAt: data.startsAt }),
        },
      )
    case 'event.organizerGone':
      return notify('organizerGone', { kind: 'administrators' })
    case 'event.transferred':
      return notify('eventTransferred', users(data.organizerId), { isVisibleToAudience: true })
    case 'registration.promoted':
      return notify('waitlistPromoted', users(data.userId), toRegistrationKeys(event, data))
    case 'registration.tooLarge':
      return notify('partyTooLarge', users(data.userId), toRegistrationKeys(event, data))
    case 'registration.cancelled':
      return data.registrationId === undefined ? undefined : { retracts: [promotionKey(data.registrationId)] }
    default:
      return undefined
  }
}

const toRegistrationKeys = (
  { entity: eventId }: DomainEvent,
  { registrationId }: EventData,
): Partial<NotificationCause> => ({
  retractionKeys: [
    eventId,
    upcomingKey(eventId),
    ...(registrationId === undefined ? [] : [promotionKey(registrationId)]),
  ],
})

/** Returns the facts that have a value. */
const toFacts = (facts: { [Name in keyof TemplateFacts]: TemplateFacts[Name] | undefined }): TemplateFacts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))

function toChangeTemplate(changed: readonly string[]): NotificationTemplate | undefined {
  const [isMoved, isElsewhere] = [changed.includes('time'), changed.includes('venue')]
  if (isMoved && isElsewhere) return 'timeAndVenueChanged'
  if (isMoved) return 'timeChanged'
  return isElsewhere ? 'venueChanged' : undefined
}
