import { pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { dayMs } from '../../../packages/platform'
import { toReminderDue } from '../domain/domainEvents'
import { reminderIndex, type EventDocument, type EventModel } from './models'
import { pageSize } from './pageSize'

/** How long before its start people are reminded of an event. */
const reminderLeadMs = dayMs

/** Publishes reminders of events. */
export function createReminders(
  events: EventModel,
  publishPendingEvents: PublishPendingEvents,
  now: () => Date,
) {
  return {
    /**
     * Adds a domain event to each published event that starts within 24 hours, once for each start: the same write marks
     * the event, and a change of its start removes the mark.
     *
     * @param signal stops between two pages
     * @throws AbortError
     */
    async publishDueReminders(signal: AbortSignal): Promise<void> {
      for (let isComplete = false; !isComplete;) {
        signal.throwIfAborted()
        const at = now()
        const startsAt = { $gt: at, $lte: new Date(at.getTime() + reminderLeadMs) }
        const found = await events
          .find({ status: 'PUBLISHED', remindedFor: null, startsAt })
          .select('startsAt')
          .sort({ startsAt: 1 })
          .limit(pageSize)
          .hint(reminderIndex)
          .lean<Pick<EventDocument, '_id' | 'startsAt'>[]>()
        const writes = found.map((event) => ({
          updateOne: {
            filter: {
              _id: event._id,
              status: 'PUBLISHED' as const,
              remindedFor: null,
              startsAt: event.startsAt,
            },
            update: {
              $set: { remindedFor: event.startsAt },
              ...pushEvents(toReminderDue(event.startsAt, at)),
            },
          },
        }))
        if (writes.length > 0) await events.bulkWrite(writes, { ordered: false })
        publishPendingEvents(...found.map(({ _id }) => _id))
        isComplete = found.length < pageSize
      }
    },
  }
}
