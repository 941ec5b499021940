import { isSelf, logModeration, requireExistingAccount } from '../../../packages/auth'
import type { SnapshotPageArguments } from '../../../packages/event-log'
import { forbidden, mutationRejected } from '../../../packages/platform'
import { isId, newId, requireId } from '../../../schema/ids'
import { InputValidator, pickChangedFields } from '../../../packages/subgraph-kit/input'
import {
  canDelete,
  canSee,
  canUpdate,
  type Event,
  type EventChange,
  type EventSnapshot,
} from '../domain/event'
import {
  checkTimes,
  readEventUpdate,
  readNewEvent,
  type EventUpdateInput,
  type NewEventInput,
} from '../domain/eventInput'
import { undoWritesOfDeletedUser } from './concurrentDeletion'
import type { EventsServiceDependencies } from './dependencies'

/** Creates the use cases of single events. */
export function createEventUseCases(dependencies: EventsServiceDependencies) {
  const { viewer, repository, loaders, deletedUsers, logSecurity, countEvent, now } = dependencies

  /** Returns null for an event that does not exist or that the viewer cannot see. */
  async function findVisibleEvent(id: string): Promise<Event | null> {
    const event = await loaders.eventById.load(id)
    return event && canSee(viewer, event) ? event : null
  }

  /**
   * Changes an event on behalf of its organizer or an administrator.
   *
   * @param decide returns the change, or null for none; its errors abort the change
   * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND
   */
  async function changeEvent(
    action: string,
    eventId: string,
    decide: (event: Event) => EventChange | null,
  ): Promise<Event> {
    const { id: actorId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
    const id = requireId('Event', eventId, ['input', 'eventId'])
    let decision: EventChange | null = null
    const changeCurrent = (event: Event) => {
      if (!canSee(viewer, event)) throw notFound()
      if (!canUpdate(viewer, event)) throw forbidden()
      decision = decide(event)
      return decision
    }
    const changed = await repository.changeEvent(id, changeCurrent, actorId)
    loaders.clearAll()
    if (!changed) throw notFound()
    if (decision) logModeration(logSecurity, viewer, { action, id, ownerId: changed.organizerId })
    return changed
  }

  return {
    /** @throws BAD_USER_INPUT for an invalid event ID */
    event: async (id: string): Promise<Event | null> => findVisibleEvent(requireId('Event', id, ['id'])),

    /** Resolves a reference from another subgraph; null also for an invalid ID. */
    eventReference: async (id: string): Promise<Event | null> =>
      isId('Event', id) ? findVisibleEvent(id) : null,

    /** Returns the snapshots from which other subgraphs rebuild their projections. */
    eventFacts: (args: SnapshotPageArguments): Promise<EventSnapshot[]> => repository.findSnapshots(args),

    /**
     * Creates an event. It may have started already, so that past events can be recorded.
     *
     * @throws UNAUTHENTICATED; MutationRejectedError
     */
    async createEvent({ publish, ...input }: NewEventInput & { publish?: boolean }): Promise<Event> {
      const { id: organizerId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const check = new InputValidator()
      const details = readNewEvent(check, input)
      check.throwIfInvalid()
      const createdAt = now()
      const event: Event = {
        id: newId('Event', createdAt.getTime()),
        ...details,
        status: publish ? 'PUBLISHED' : 'DRAFT',
        wasPublished: publish === true,
        seatsTaken: 0,
        waitlistCount: 0,
        checkedInCount: 0,
        organizerId,
        createdAt,
        updatedAt: createdAt,
      }
      await repository.insertEvent(event)
      await undoWritesOfDeletedUser(organizerId, dependencies, event)
      countEvent()
      return event
    },

    /**
     * Changes an event's details in any status: the description of a cancelled event can explain the cancellation.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError, with CONFLICT for a capacity below the
     *   seats taken
     */
    async updateEvent({ eventId, ...input }: EventUpdateInput & { eventId: string }): Promise<Event> {
      return changeEvent('event.updated', eventId, (event) => {
        const check = new InputValidator()
        const details = readEventUpdate(check, input)
        const { startsAt, endsAt } = { ...event, ...details }
        checkTimes(check, details.endsAt ? 'endsAt' : 'startsAt', startsAt, endsAt)
        if (details.capacity != null && details.capacity > 0 && details.capacity < event.seatsTaken) {
          check.addError(
            'CONFLICT',
            'capacity',
            `The capacity cannot be lower than the ${event.seatsTaken} seats that are already taken.`,
          )
        }
        check.throwIfInvalid()
        const changes = pickChangedFields<Partial<Event>>(event, details)
        return Object.keys(changes).length === 0 ? null : { ...changes, updatedAt: now() }
      })
    },

    /**
     * Publishes an event; idempotent.
     *
     * @throws as `changeEvent`; MutationRejectedError with CONFLICT for a cancelled event
     */
    async publishEvent(eventId: string): Promise<Event> {
      return changeEvent('event.published', eventId, ({ status }) => {
        if (status === 'CANCELLED') throw mutationRejected('CONFLICT', 'eventId', 'The event is cancelled.')
        return status === 'PUBLISHED' ? null : { status: 'PUBLISHED', wasPublished: true, updatedAt: now() }
      })
    },

    /** Cancels an event permanently; idempotent. @throws as `changeEvent` */
    async cancelEvent(eventId: string): Promise<Event> {
      return changeEvent('event.cancelled', eventId, ({ status, wasPublished }) =>
        status === 'CANCELLED' ? null : { status: 'CANCELLED', wasPublished, updatedAt: now() },
      )
    },

    /**
     * Deletes an event. Cascades delete its registrations and detach posts about it (eventually consistent).
     *
     * @param reason why a moderator deletes the event of another account; logged
     * @returns the ID of the deleted event
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, TOO_LONG
     */
    async deleteEvent(input: { eventId: string; reason?: string | null }): Promise<string> {
      const { id: moderatorId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const check = new InputValidator()
      const reason = check.readOptionalText('reason', input.reason, { max: 1000 })
      check.throwIfInvalid()
      const deleted = await repository.deleteEvent(eventId, (event) => {
        if (!canSee(viewer, event)) throw notFound()
        if (!canDelete(viewer, event)) throw forbidden()
        return isSelf(viewer, event.organizerId) ? {} : { moderatorId, ...(reason !== null && { reason }) }
      })
      loaders.clearAll()
      if (!deleted) throw notFound()
      const moderation = { action: 'event.deleted', id: eventId, ownerId: deleted.organizerId, reason }
      logModeration(logSecurity, viewer, moderation)
      return eventId
    },
  }
}

const notFound = () => mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')
