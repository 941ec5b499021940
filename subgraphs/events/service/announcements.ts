import { isSelf, requireExistingAccount } from '../../../packages/auth'
import {
  dayMs,
  enforceRateLimit,
  forbidden,
  mutationRejected,
  type RateLimit,
} from '../../../packages/platform'
import { InputValidator } from '../../../packages/subgraph-kit/input'
import { requireId } from '../../../schema/ids'
import { canSee } from '../domain/event'
import type { EventsServiceDependencies } from './dependencies'

/** Each announcement is mailed to everyone who is registered. */
const announcementLimit: RateLimit = {
  name: 'announcement.event',
  points: 5,
  windowMs: dayMs,
}

/** Creates the use cases of messages to the people who are registered. */
export function createAnnouncementUseCases(dependencies: EventsServiceDependencies) {
  const { viewer, repository, loaders, deletedUsers, writeLimiter } = dependencies

  return {
    /**
     * Sends a message to everyone who is registered for an event, on behalf of its organizer.
     *
     * @returns the number of recipients
     * @throws UNAUTHENTICATED, BAD_USER_INPUT, FORBIDDEN, RATE_LIMITED; MutationRejectedError with NOT_FOUND, TOO_SHORT,
     *   TOO_LONG, CLOSED
     */
    async announceEvent(input: { eventId: string; message: string }): Promise<number> {
      const { id: organizerId } = await requireExistingAccount(viewer, deletedUsers.isDeleted)
      const eventId = requireId('Event', input.eventId, ['input', 'eventId'])
      const check = new InputValidator()
      const message = check.readText('message', input.message, { max: 2000 })
      check.throwIfInvalid()
      const event = await loaders.eventById.load(eventId)
      if (!event || !canSee(viewer, event)) {
        throw mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')
      }
      if (!isSelf(viewer, event.organizerId)) throw forbidden()
      if (event.status !== 'PUBLISHED') throw notPublished()
      await enforceRateLimit(writeLimiter, [{ limit: announcementLimit, key: eventId }])
      const [activeCount, own] = await Promise.all([
        repository.countActiveRegistrations(eventId),
        loaders.registrationByEvent.load(eventId),
      ])
      if (!(await repository.announceEvent(eventId, organizerId, message))) throw notPublished()
      return activeCount - (own && own.status !== 'CANCELLED' ? 1 : 0)
    },
  }
}

const notPublished = () =>
  mutationRejected('CLOSED', 'eventId', 'Only a published event can be announced to its attendees.')
