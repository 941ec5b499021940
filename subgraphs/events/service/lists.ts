import { badUserInput } from '../../../packages/platform/errors'
import { requireId } from '../../../packages/platform/ids/ids'
import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../packages/subgraph-kit/graphql/pagination'
import { relevanceOrder, requireSearchLength } from '../../../packages/subgraph-kit/search/searchText'
import { normalizeTag } from '../../../packages/subgraph-kit/input/tags'
import type { Viewer } from '../../../packages/auth/viewer'
import {
  canCheckIn,
  eventSortKeys,
  eventOrders,
  buildVisibilityConditions,
  type Circle,
  type Event,
  type EventOrder,
  type EventSelection,
  type EventStatus,
} from '../domain/event'
import {
  arrivalSortKey,
  arrivalOrder,
  canSeeRegistrationsOf,
  newestFirstOrder,
  newestFirstSortKey,
  type Registration,
  type RegistrationStatus,
} from '../domain/registration'
import type { EventsServiceDependencies } from './dependencies'

export interface EventFilter {
  search?: string | null
  tag?: string | null
  startsAfter?: Date | null
  startsBefore?: Date | null
  endsAfter?: Date | null
  near?: Circle | null
  organizerId?: string | null
  /** Left out: published ones. */
  statuses?: readonly EventStatus[] | null
}

export interface EventListArguments extends PageArguments {
  filter?: EventFilter | null
  orderBy: EventOrder
}

export interface RegistrationListArguments extends PageArguments {
  /** Left out: all. */
  statuses?: readonly RegistrationStatus[] | null
}

/** The lists of events and registrations. */
export function createListUseCases({ viewer, repository, loaders }: EventsServiceDependencies) {
  /** What stands in a list is known to whatever hangs below it. */
  function remember<Listed extends Event>(events: readonly Listed[]): readonly Listed[] {
    for (const event of events) loaders.eventById.prime(event.id, event)
    return events
  }

  return {
    /** @throws BAD_USER_INPUT */
    async events({ filter, orderBy, ...args }: EventListArguments): Promise<Connection<Event>> {
      const selection = readSelection(viewer, filter ?? {})
      const totalCount = () => repository.countEvents(selection)
      if (orderBy === 'RELEVANCE') {
        const { search } = selection
        if (search === undefined) {
          throw badUserInput('The order RELEVANCE needs filter.search.', ['orderBy'])
        }
        const page = readPage(args, relevanceOrder, ['events', selection])
        const rows = remember(await repository.findRelevantEvents({ ...selection, search }, page))
        return toConnection(page, rows, ({ score, id }) => [score, id], totalCount)
      }
      const page = readPage(args, eventOrders[orderBy], ['events', selection])
      return toConnection(
        page,
        remember(await repository.findEvents(selection, page)),
        eventSortKeys[orderBy],
        totalCount,
      )
    },

    /** Published and cancelled ones, for everyone alike, the latest start first. @throws BAD_USER_INPUT */
    async organizedEvents(userId: string, args: PageArguments): Promise<Connection<Event>> {
      const page = readPage(args, eventOrders.STARTS_AT_DESC, ['User.organizedEvents', userId])
      const rows = remember(await loaders.eventPageByOrganizer.load({ id: userId, page, statuses: null }))
      return toConnection(page, rows, eventSortKeys.STARTS_AT_DESC, () =>
        loaders.eventCountByOrganizer.load(userId),
      )
    },

    /** A user's registrations, the latest first; null unless the viewer may see them. @throws BAD_USER_INPUT */
    async registrationsOfUser(
      userId: string,
      { statuses: given, ...args }: RegistrationListArguments,
    ): Promise<Connection<Registration> | null> {
      const statuses = distinct(given)
      const page = readPage(args, newestFirstOrder, ['User.registrations', userId, statuses])
      if (!canSeeRegistrationsOf(viewer, userId)) return null
      const rows = await loaders.registrationPageByUser.load({ id: userId, page, statuses })
      const totalCount = () => loaders.registrationCountByUser.load({ id: userId, statuses })
      return toConnection(page, rows, newestFirstSortKey, totalCount)
    },

    /** Who comes to an event, in the order of arrival; null unless the viewer may see them. @throws BAD_USER_INPUT */
    async registrationsOfEvent(
      event: Event,
      { statuses: given, ...args }: RegistrationListArguments,
    ): Promise<Connection<Registration> | null> {
      const statuses = distinct(given)
      const page = readPage(args, arrivalOrder, ['Event.registrations', event.id, statuses])
      if (!canCheckIn(viewer, event)) return null
      const rows = await loaders.registrationPageByEvent.load({ id: event.id, page, statuses })
      const totalCount = () => loaders.registrationCountByEvent.load({ id: event.id, statuses })
      return toConnection(page, rows, arrivalSortKey, totalCount)
    },
  }
}

function distinct<Status extends string>(statuses: readonly Status[] | null | undefined): Status[] | null {
  return statuses ? [...new Set(statuses)].sort() : null
}

/** @throws BAD_USER_INPUT */
function readSelection(viewer: Viewer, filter: EventFilter): EventSelection {
  const { search, tag, startsAfter, startsBefore, endsAfter, near, organizerId, statuses } = filter
  return {
    visibleWhen: buildVisibilityConditions(viewer, statuses ?? ['PUBLISHED']),
    ...(search != null && { search: requireSearchLength(search, ['filter', 'search']) }),
    ...(tag != null && { tag: normalizeTag(tag) }),
    ...(startsAfter && { startsAfter }),
    ...(startsBefore && { startsBefore }),
    ...(endsAfter && { endsAfter }),
    ...(near && { near: readCircle(near) }),
    ...(organizerId != null && { organizerId: requireId('User', organizerId, ['filter', 'organizerId']) }),
  }
}

// Half the way round the Earth: no two places are farther apart.
const largestRadiusKm = 20_038

/** @throws BAD_USER_INPUT */
function readCircle({ latitude, longitude, radiusKm }: Circle): Circle {
  const argument = (field: string) => ['filter', 'near', field]
  if (Math.abs(latitude) > 90) throw badUserInput('A latitude is between -90 and 90.', argument('latitude'))
  if (Math.abs(longitude) > 180)
    throw badUserInput('A longitude is between -180 and 180.', argument('longitude'))
  if (radiusKm <= 0 || radiusKm > largestRadiusKm) {
    throw badUserInput(`A radius is more than 0 and at most ${largestRadiusKm} km.`, argument('radiusKm'))
  }
  return { latitude, longitude, radiusKm }
}
