import type { Viewer } from '../../../packages/auth'
import { badUserInput } from '../../../packages/platform'
import { requireId } from '../../../schema/ids'
import {
  readPage,
  toConnection,
  type Connection,
  type Page,
  type PageArguments,
} from '../../../packages/subgraph-kit/pagination'
import { normalizeTag, relevanceOrder, readSearch } from '../../../packages/subgraph-kit/input'
import {
  buildVisibilityConditions,
  canCheckIn,
  getEventEnd,
  type Circle,
  type Event,
  type EventSelection,
  type EventStatus,
} from '../domain/event'
import { canSeeRegistrationsOf, type Registration, type RegistrationStatus } from '../domain/registration'
import {
  arrivalOrder,
  arrivalSortKey,
  eventOrders,
  eventSortKeys,
  newestFirstOrder,
  newestFirstSortKey,
  upcomingOrder,
  type EventOrder,
} from '../repository'
import type { EventsServiceDependencies } from './dependencies'

interface EventFilter {
  search?: string | null
  tag?: string | null
  startsAfter?: Date | null
  startsBefore?: Date | null
  endsAfter?: Date | null
  near?: Circle | null
  organizerId?: string | null
  /** Defaults to published events. */
  statuses?: readonly EventStatus[] | null
}

const maxUserPageSize = 1000

interface EventListArguments extends PageArguments {
  filter?: EventFilter | null
  orderBy: EventOrder
}

interface RegisteredUserArguments {
  eventId: string
  after?: string | null
  first: number
  confirmedOnly: boolean
}

interface RegistrationListArguments extends PageArguments {
  /** Defaults to all. */
  statuses?: readonly RegistrationStatus[] | null
}

/** Creates the use cases of lists of events and registrations. */
export function createListUseCases({
  viewer,
  cachePolicy,
  repository,
  loaders,
  now,
}: EventsServiceDependencies) {
  /** Primes the loader with listed events, so that their fields need no further read. Their seats are part of a cached list. */
  function primeLoader<Listed extends Event>(events: readonly Listed[]): readonly Listed[] {
    for (const event of events) loaders.eventById.prime(event.id, event)
    cachePolicy.addTags(events.map(({ id }) => id))
    return events
  }

  /** Limits the age of a page to the end of its first event: the first one of the first page ends before all others. */
  function limitUpcomingAge({ from, backward }: Page, rows: readonly Event[], asOf: Date): void {
    // Its cursor contains the instant of the list.
    if (from) return
    if (backward) return cachePolicy.forbid()
    const [first] = rows
    const leftMs = first ? getEventEnd(first).getTime() - asOf.getTime() : 0
    if (leftMs > 0) cachePolicy.limitAge(leftMs / 1000)
  }

  return {
    /** @throws BAD_USER_INPUT */
    async events({ filter, orderBy, ...args }: EventListArguments): Promise<Connection<Event>> {
      const selection = readSelection(viewer, filter ?? {})
      if (!isListPublic(filter ?? {})) cachePolicy.forbid()
      const totalCount = () => repository.countEvents(selection)
      // The times may change between pages: "from now on" is another instant for each page.
      const { startsAfter: _, startsBefore: __, endsAfter: ___, ...list } = selection
      if (orderBy === 'UPCOMING') {
        const page = readPage(args, upcomingOrder, ['events', list])
        const [first] = page.from ?? []
        const asOf = first instanceof Date ? first : now()
        const rows = primeLoader(await repository.findUpcomingEvents(selection, page, asOf))
        limitUpcomingAge(page, rows, asOf)
        return toConnection(page, rows, (event) => [asOf, getEventEnd(event), event.id], totalCount)
      }
      if (orderBy === 'RELEVANCE') {
        const { search } = selection
        if (search === undefined) {
          throw badUserInput('The order RELEVANCE requires filter.search.', ['orderBy'])
        }
        const page = readPage(args, relevanceOrder, ['events', list])
        const rows = primeLoader(await repository.findRelevantEvents({ ...selection, search }, page))
        return toConnection(page, rows, ({ score, id }) => [score, id], totalCount)
      }
      const page = readPage(args, eventOrders[orderBy], ['events', list])
      return toConnection(
        page,
        primeLoader(await repository.findEvents(selection, page)),
        eventSortKeys[orderBy],
        totalCount,
      )
    },

    /** Lists the public events of an organizer, latest start first. @throws BAD_USER_INPUT */
    async organizedEvents(userId: string, args: PageArguments): Promise<Connection<Event>> {
      const page = readPage(args, eventOrders.STARTS_AT_DESC, ['User.organizedEvents', userId])
      const rows = primeLoader(await loaders.eventPageByOrganizer.load({ id: userId, page }))
      return toConnection(page, rows, eventSortKeys.STARTS_AT_DESC, () =>
        loaders.eventCountByOrganizer.load(userId),
      )
    },

    /** Lists a user's registrations, newest first; null unless the viewer can see them. @throws BAD_USER_INPUT */
    async registrationsOfUser(
      userId: string,
      { statuses: requestedStatuses, ...args }: RegistrationListArguments,
    ): Promise<Connection<Registration> | null> {
      const statuses = toDistinct(requestedStatuses)
      const page = readPage(args, newestFirstOrder, ['User.registrations', userId, statuses])
      if (!canSeeRegistrationsOf(viewer, userId)) return null
      const rows = await loaders.registrationPageByUser.load({ id: userId, page, statuses })
      const totalCount = () => loaders.registrationCountByUser.load({ id: userId, statuses })
      return toConnection(page, rows, newestFirstSortKey, totalCount)
    },

    /** Lists the users who are registered for an event, for other subgraphs. @throws BAD_USER_INPUT */
    async registeredUserIds({
      eventId,
      after,
      first,
      confirmedOnly,
    }: RegisteredUserArguments): Promise<string[]> {
      requireId('Event', eventId, ['eventId'])
      if (first < 1 || first > maxUserPageSize) {
        throw badUserInput(`A page has 1 to ${maxUserPageSize} users.`, ['first'])
      }
      return repository.registeredUserIds({ eventId, after: after ?? null, limit: first, confirmedOnly })
    },

    /**
     * Lists an event's registrations in order of arrival; null unless the viewer can see them.
     *
     * @throws BAD_USER_INPUT
     */
    async registrationsOfEvent(
      event: Event,
      { statuses: requestedStatuses, ...args }: RegistrationListArguments,
    ): Promise<Connection<Registration> | null> {
      const statuses = toDistinct(requestedStatuses)
      const page = readPage(args, arrivalOrder, ['Event.registrations', event.id, statuses])
      if (!canCheckIn(viewer, event)) return null
      const rows = await loaders.registrationPageByEvent.load({ id: event.id, page, statuses })
      const totalCount = () => loaders.registrationCountByEvent.load({ id: event.id, statuses })
      return toConnection(page, rows, arrivalSortKey, totalCount)
    },
  }
}

function toDistinct<Status extends string>(statuses: readonly Status[] | null | undefined): Status[] | null {
  return statuses ? [...new Set(statuses)].sort() : null
}

/** Returns whether a list is the same for all viewers until an event changes or, in the order UPCOMING, ends. The work of searches is limited. */
function isListPublic({ statuses, search, near }: EventFilter): boolean {
  const isPublished = (statuses ?? []).every((status) => status === 'PUBLISHED')
  return isPublished && search == null && near == null
}

/** @throws BAD_USER_INPUT */
function readSelection(viewer: Viewer, filter: EventFilter): EventSelection {
  const search = filter.search == null ? undefined : readSearch(filter.search, ['filter', 'search'])
  const { tag, startsAfter, startsBefore, endsAfter, near, organizerId, statuses } = filter
  return {
    visibleWhen: buildVisibilityConditions(viewer, statuses ?? ['PUBLISHED']),
    ...(search !== undefined && { search }),
    ...(tag != null && { tag: normalizeTag(tag) }),
    ...(startsAfter && { startsAfter }),
    ...(startsBefore && { startsBefore }),
    ...(endsAfter && { endsAfter }),
    ...(near && { near: readCircle(near) }),
    ...(organizerId != null && { organizerId: requireId('User', organizerId, ['filter', 'organizerId']) }),
  }
}

// Half of the circumference of the Earth.
const maxRadiusKm = 20_038

/** @throws BAD_USER_INPUT */
function readCircle({ latitude, longitude, radiusKm }: Circle): Circle {
  const argument = (field: string) => ['filter', 'near', field]
  if (Math.abs(latitude) > 90)
    throw badUserInput('The latitude must be between -90 and 90.', argument('latitude'))
  if (Math.abs(longitude) > 180)
    throw badUserInput('The longitude must be between -180 and 180.', argument('longitude'))
  if (radiusKm <= 0 || radiusKm > maxRadiusKm) {
    throw badUserInput(
      `The radius must be greater than 0 and at most ${maxRadiusKm} km.`,
      argument('radiusKm'),
    )
  }
  return { latitude, longitude, radiusKm }
}
