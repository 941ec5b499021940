import { isSelf, isSuspended, logModeration, requireExistingAccount } from '../../../packages/auth'
import type { SnapshotPageArguments } from '../../../packages/event-log'
import { forbidden, mutationRejected } from '../../../packages/platform'
import { isId, newId, requireId } from '../../../schema/ids'
import { InputValidator, pickChangedFields, readIdempotencyKey } from '../../../packages/subgraph-kit/input'
import {
  canDelete,
  canSee,
  canUpdate,
  isPublic,
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
import { canSeeRemoved, reasonLimits } from '../domain/removal'
import { undoWritesOfDeletedUser } from './concurrentDeletion'
import type { EventsServiceDependencies } from './dependencies'

interface EventCreation extends NewEventInput {
  publish?: boolean
  idempotencyKey?: string | null
}

interface EventUpdate extends EventUpdateInput {
  eventId: string
  expectedUpdatedAt?: Date | null
}

/** Creates the use cases of single events. */
export function createEventUseCases(dependencies: EventsServiceDependencies) {
  const {
    viewer,
    cachePolicy,
    repository,
    loaders,
    deletedUsers,
    findExistingUserIds,
    logSecurity,
    countEvent,
    now,
  } = dependencies

  /** Returns null for an event that does not exist or that the viewer cannot see. */
  async function findVisibleEvent(id: string): Promise<Event | null> {
    const existing = await loaders.eventById.load(id)
    if (!existing || !isPublic(existing)) cachePolicy.forbid()
    const event = existing ?? (canSeeRemoved(viewer) ? await loaders.removedEventById.load(id) : null)
    return event && canSee(viewer, event) ? event : null
  }

  /**
   * Changes an event on behalf of its organizer or an administrator.
   *
   * @param decide returns the change, or null for none; its errors abort the change
   * @param prepare called once for a viewer who can update the event; its errors abort the change
   * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND
   */
  async function changeEvent(
    action: string,
    eventId: string,
    decide: (event: Event) => EventChange | null,
    prepare?: () => Promise<void>,
  ): Promise<Event> {
    const { id: actorId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
    const id = requireId('Event', eventId, ['input', 'eventId'])
    let ownerId: string | null = null
    let decision: EventChange | null = null
    const requireUpdatable = (event: Event) => {
      if (!canSee(viewer, event)) throw notFound()
      if (!canUpdate(viewer, event)) throw forbidden()
    }
    if (prepare) {
      const event = await loaders.eventById.load(id)
      if (!event) throw notFound()
      requireUpdatable(event)
      await prepare()
    }
    const changeCurrent = (event: Event) => {
      requireUpdatable(event)
      ownerId = event.organizerId
      decision = decide(event)
      return decision
    }
    const changed = await repository.changeEvent(id, changeCurrent, actorId)
    loaders.clearAll()
    if (!changed) throw notFound()
    if (decision) logModeration(logSecurity, viewer, { action, id, ownerId })
    return changed
  }

  /** Returns the time of a change, later than that of the one before: `expectedUpdatedAt` identifies a state. */
  const nextUpdate = ({ updatedAt }: Event): Date =>
    new Date(Math.max(now().getTime(), updatedAt.getTime() + 1))

  /** @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; MutationRejectedError with NOT_FOUND */
  async function requireUser(id: string): Promise<void> {
    const exists = !(await deletedUsers.isDeleted(id)) && (await findExistingUserIds([id])).includes(id)
    if (!exists) throw userNotFound()
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
     * Creates an event. It may have started already, so that past events can be recorded. A repetition with the same
     * idempotency key returns the first event for 24 hours.
     *
     * @throws UNAUTHENTICATED; MutationRejectedError
     */
    async createEvent({ publish, idempotencyKey, ...input }: EventCreation): Promise<Event> {
      const { id: organizerId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const check = new InputValidator()
      const details = readNewEvent(check, input)
      const creationKey = readIdempotencyKey(check, idempotencyKey, organizerId)
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
      const earlier = await repository.insertEvent(event, creationKey)
      if (earlier) {
        if (canSee(viewer, earlier)) return earlier
        throw mutationRejected('CONFLICT', 'idempotencyKey', 'The event of this key has another organizer.')
      }
      await undoWritesOfDeletedUser(organizerId, dependencies, event)
      countEvent()
      return event
    },

    /**
     * Changes an event's details in any status: the description of a cancelled event can explain the cancellation.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError, with CONFLICT for a capacity below the
     *   seats taken, and for an event that has changed since `expectedUpdatedAt`
     */
    async updateEvent({ eventId, expectedUpdatedAt, ...input }: EventUpdate): Promise<Event> {
      return changeEvent('event.updated', eventId, (event) => {
        if (expectedUpdatedAt && expectedUpdatedAt.getTime() !== event.updatedAt.getTime()) {
          throw mutationRejected('CONFLICT', 'expectedUpdatedAt', 'The event has changed in the meantime.')
        }
        const check = new InputValidator()
        const details = readEventUpdate(check, input)
        checkTimes(check, details.endsAt ? 'endsAt' : 'startsAt', { ...event, ...details })
        if (details.capacity != null && details.capacity > 0 && details.capacity < event.seatsTaken) {
          check.addError(
            'CONFLICT',
            'capacity',
            `The capacity cannot be lower than the ${event.seatsTaken} seats that are already taken.`,
          )
        }
        check.throwIfInvalid()
        const changes = pickChangedFields<Partial<Event>>(event, details)
        return Object.keys(changes).length === 0 ? null : { ...changes, updatedAt: nextUpdate(event) }
      })
    },

    /**
     * Publishes an event; idempotent.
     *
     * @throws as `changeEvent`; MutationRejectedError with CONFLICT for a cancelled event
     */
    async publishEvent(eventId: string): Promise<Event> {
      return changeEvent('event.published', eventId, (event) => {
        const { status } = event
        if (status === 'CANCELLED') throw mutationRejected('CONFLICT', 'eventId', 'The event is cancelled.')
        return status === 'PUBLISHED'
          ? null
          : { status: 'PUBLISHED', wasPublished: true, updatedAt: nextUpdate(event) }
      })
    },

    /** Cancels an event permanently; idempotent. @throws as `changeEvent` */
    async cancelEvent(eventId: string): Promise<Event> {
      return changeEvent('event.cancelled', eventId, (event) => {
        const { status, wasPublished } = event
        return status === 'CANCELLED'
          ? null
          : { status: 'CANCELLED', wasPublished, updatedAt: nextUpdate(event) }
      })
    },

    /**
     * Makes another user the organizer of an event; idempotent.
     *
     * @throws as `changeEvent`; SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; MutationRejectedError with NOT_FOUND for an unknown
     *   user
     */
    async transferEvent({ eventId, userId }: { eventId: string; userId: string }): Promise<Event> {
      const organizerId = requireId('User', userId, ['input', 'userId'])
      let previousId: string | null = null
      const event = await changeEvent(
        'event.transferred',
        eventId,
        (current) => {
          previousId = current.organizerId
          return previousId === organizerId ? null : { organizerId, updatedAt: nextUpdate(current) }
        },
        () => requireUser(organizerId),
      )
      // The cascade of a deletion since the check may have run before the write.
      if (await deletedUsers.isDeleted(organizerId)) {
        await repository.changeEvent(event.id, (current) =>
          current.organizerId === organizerId ? { organizerId: previousId } : null,
        )
        throw userNotFound()
      }
      return event
    },

    /** Returns whether the viewer can update, publish and cancel an event now. */
    viewerCanUpdate: (event: Event): boolean => !isSuspended(viewer, now()) && canUpdate(viewer, event),

    /**
     * Deletes an event. Cascades delete its registrations and detach posts about it (eventually consistent). Moderators can read
     * an event that one of them has removed for 90 days.
     *
     * @param reason why a moderator deletes the event of another account; logged
     * @returns the ID of the deleted event
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; MutationRejectedError with NOT_FOUND, TOO_LONG
     */
    async deleteEvent(input: { eventId: string; reason?: string | null }): Promise<string> {
      const { id: moderatorId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const check = new InputValidator()
      const reason = check.readOptionalText('reason', input.reason, reasonLimits)
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

const userNotFound = () => mutationRejected('NOT_FOUND', 'userId', 'There is no such account.')
const notFound = () => mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')
