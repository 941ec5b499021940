import type { QueryFilter } from 'mongoose'

import { addEventsStage, pushEvents } from '../../../packages/event-log/mongo'
import type { PublishPendingEvents } from '../../../packages/event-log/outbox'
import { toEventDeleted, toRegistrationsDeleted } from '../domain/domainEvents'
import type { Event } from '../domain/event'
import { getErasureTime, toCancellation, type DeletionCause } from '../domain/removal'
import { isAnonymized } from './documents'
import type { EventDocument, EventModel, RegistrationDocument, RegistrationModel } from './models'
import { pageSize } from './pageSize'

/** Builds the tombstone of an event, with its domain event, and the text of one that a moderator removes. */
export function buildTombstone(event: Event, cause: DeletionCause, now: Date) {
  const { id: _, organizerId, ...details } = event
  const cancellation = toCancellation(event, cause, now)
  const kept = {
    ...(cause.moderatorId !== undefined && {
      // $literal, because a text that begins with $ would be an expression.
      removed: { $literal: details },
      ...(organizerId !== null && { removedOrganizerId: organizerId }),
    }),
    ...(cancellation && { cancellation }),
  }
  return {
    _id: '$_id',
    deletedAt: now,
    relay: '$relay',
    ...kept,
    ...(Object.keys(kept).length > 0 && { eraseAt: getErasureTime(now) }),
    ...addEventsStage(toEventDeleted(event, cause, now)),
  }
}

/** Reads events that moderators have removed, and deletes the remaining data of deleted events. */
export function createEventRemovals(
  events: EventModel,
  registrations: RegistrationModel,
  publishPendingEvents: PublishPendingEvents,
  now: () => Date,
) {
  /** Adds domain events to the deleted events of these registrations, if they had not ended. */
  async function announceDeletion(page: readonly RegistrationDocument[]): Promise<void> {
    const eventIds = [...new Set(page.map(({ eventId }) => eventId))]
    const cancelled = await events
      .find({ _id: { $in: eventIds }, cancellation: { $exists: true } })
      .select('cancellation')
      .lean<Required<Pick<EventDocument, '_id' | 'cancellation'>>[]>()
    for (const { _id, cancellation } of cancelled) {
      const userIds = page
        .filter((each) => each.eventId === _id && each.status !== 'CANCELLED' && !isAnonymized(each))
        .map(({ userId }) => userId)
      if (userIds.length === 0) continue
      await events.updateOne({ _id }, pushEvents(toRegistrationsDeleted(cancellation, userIds, now())))
      publishPendingEvents(_id)
    }
  }

  return {
    /** Returns the events among these that moderators have removed, with their texts. */
    async removedEventsByIds(ids: readonly string[]): Promise<Map<string, Event>> {
      const found = await events
        .find({ _id: { $in: ids }, removed: { $exists: true }, eraseAt: { $gt: now() } })
        .lean<EventDocument[]>()
      return new Map(
        found.flatMap(({ _id: id, removed, removedOrganizerId: organizerId = null, deletedAt }) =>
          removed && deletedAt ? [[id, { ...removed, id, organizerId, deletedAt }]] : [],
        ),
      )
    },

    /**
     * Deletes the registrations of these events, which are deleted. Before, adds the domain events that notify their users: after
     * a crash these are added again, and notify each user once.
     *
     * @throws AbortError
     */
    async deleteRegistrationsOfEvents(eventIds: readonly string[], signal: AbortSignal): Promise<void> {
      if (eventIds.length === 0) return
      const ofEvents: QueryFilter<RegistrationDocument> = { eventId: { $in: [...eventIds] } }
      for (;;) {
        signal.throwIfAborted()
        const found = await registrations
          .find(ofEvents)
          .select('eventId userId status')
          .limit(pageSize)
          .lean<RegistrationDocument[]>()
        if (found.length === 0) return
        await announceDeletion(found)
        await registrations.deleteMany({ _id: { $in: found.map(({ _id }) => _id) } })
      }
    },

    /** Removes the organizers of removed events whose accounts are deleted. */
    async forgetRemovedOrganizers(userIds: readonly string[]): Promise<void> {
      await events.updateMany(
        { removedOrganizerId: { $in: [...userIds] } },
        { $unset: { removedOrganizerId: 1 } },
      )
    },

    /** Erases the remaining data of removed events after their retention. */
    async eraseRemovedEvents(): Promise<void> {
      await events.updateMany(
        { eraseAt: { $lte: now() } },
        { $unset: { removed: 1, removedOrganizerId: 1, cancellation: 1, eraseAt: 1 } },
      )
    },
  }
}

export type EventRemovals = ReturnType<typeof createEventRemovals>
