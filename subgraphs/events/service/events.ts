import { pickChangedFields } from '../../../packages/subgraph-kit/input/changedFields'
import { forbidden, mutationRejected } from '../../../packages/platform/errors'
import type { SnapshotPageArguments } from '../../../packages/event-log/projections/snapshotPages'
import { isId, newId, requireId } from '../../../packages/platform/ids/ids'
import { InputValidator } from '../../../packages/subgraph-kit/input/inputValidator'
import { logModeration } from '../../../packages/auth/securityLog'
import { requireExistingAccount } from '../../../packages/auth/viewer'
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
import type { EventsServiceDependencies } from './dependencies'
import { undoWritesOfDeletedUser } from './concurrentDeletion'

/** The use cases of single events. */
export function createEventUseCases(dependencies: EventsServiceDependencies) {
  const { viewer, repository, loaders, isUserDeleted, logSecurity, now } = dependencies

  /** The event where there is one that shows to the viewer. */
  async function find(id: string): Promise<Event | null> {
    const event = await loaders.eventById.load(id)
    return event && canSee(viewer, event) ? event : null
  }

  /**
   * Changes an event, for its organizer and administrators.
   *
   * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused with NOT_FOUND, and what `decide` throws
   */
  async function change(
    action: string,
    eventId: string,
    decide: (event: Event) => EventChange | null,
  ): Promise<Event> {
    await requireExistingAccount(viewer, isUserDeleted)
    const id = requireId('Event', eventId, ['input', 'eventId'])
    let decision: EventChange | null = null
    const changed = await repository.changeEvent(id, (event) => {
      if (!canSee(viewer, event)) throw notFound()
      if (!canUpdate(viewer, event)) throw forbidden()
      decision = decide(event)
      return decision
    })
    loaders.clearAll()
    if (!changed) throw notFound()
    if (decision) logModeration(logSecurity, viewer, { action, id, ownerId: changed.organizerId })
    return changed
  }

  return {
    /** @throws BAD_USER_INPUT for what is no event's ID */
    event: async (id: string): Promise<Event | null> => find(requireId('Event', id, ['id'])),

    /** The event that another subgraph refers to; null for what is no event's ID too. */
    eventReference: async (id: string): Promise<Event | null> => (isId('Event', id) ? find(id) : null),

    /** What other subgraphs know of events. */
    eventFacts: (args: SnapshotPageArguments): Promise<EventSnapshot[]> => repository.eventFacts(args),

    /**
     * Makes an event, begun or not: what took place may be written down afterwards.
     *
     * @throws UNAUTHENTICATED; Refused
     */
    async createEvent({ publish, ...input }: NewEventInput & { publish?: boolean }): Promise<Event> {
      const { id: organizerId } = await requireExistingAccount(viewer, isUserDeleted)
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
      return event
    },

    /**
     * Changes an event's details, whatever its status: a cancelled event may say why.
     *
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused, with CONFLICT for a capacity below the seats taken
     */
    async updateEvent({ eventId, ...input }: EventUpdateInput & { eventId: string }): Promise<Event> {
      return change('event.updated', eventId, (event) => {
        const check = new InputValidator()
        const details = readEventUpdate(check, input)
        const { startsAt, endsAt } = { ...event, ...details }
        checkTimes(check, details.endsAt ? 'endsAt' : 'startsAt', startsAt, endsAt)
        if (details.capacity != null && details.capacity > 0 && details.capacity < event.seatsTaken) {
          check.addError('CONFLICT', 'capacity', `${event.seatsTaken} seats are taken.`)
        }
        check.throwIfInvalid()
        const changes = pickChangedFields<Partial<Event>>(event, details)
        return Object.keys(changes).length === 0 ? null : { ...changes, updatedAt: now() }
      })
    },

    /** Repeating it changes nothing. @throws as `change`; Refused with CONFLICT for a cancelled event */
    async publishEvent(eventId: string): Promise<Event> {
      return change('event.published', eventId, ({ status }) => {
        if (status === 'CANCELLED') throw mutationRejected('CONFLICT', 'eventId', 'The event is cancelled.')
        return status === 'PUBLISHED' ? null : { status: 'PUBLISHED', wasPublished: true, updatedAt: now() }
      })
    },

    /** Cancels an event for good; repeating it changes nothing. @throws as `change` */
    async cancelEvent(eventId: string): Promise<Event> {
      return change('event.cancelled', eventId, ({ status, wasPublished }) =>
        status === 'CANCELLED' ? null : { status: 'CANCELLED', wasPublished, updatedAt: now() },
      )
    },

    /**
     * Deletes an event; its registrations are removed and posts about it are detached shortly after.
     *
     * @param reason why a moderator deletes the event of another account; logged
     * @returns the ID of the deleted event
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN; Refused with NOT_FOUND, TOO_LONG
     */
    async deleteEvent(input: { eventId: string; reason?: string | null }): Promise<string> {
      await requireExistingAccount(viewer, isUserDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const check = new InputValidator()
      const reason = check.readOptionalText('reason', input.reason, { max: 1000 })
      check.throwIfInvalid()
      const deleted = await repository.deleteEvent(eventId, (event) => {
        if (!canSee(viewer, event)) throw notFound()
        if (!canDelete(viewer, event)) throw forbidden()
        return true
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
