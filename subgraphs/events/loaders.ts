import DataLoader from 'dataloader'

import type { Viewer } from '../../packages/auth'
import type { Page } from '../../packages/subgraph-kit/pagination'
import {
  createGroupedLoader,
  createLoader,
  createPageLoader,
  toPageGroup,
  type PageKey,
} from '../../packages/subgraph-kit/loaders'
import type { Event } from './domain/event'
import type { Registration } from './domain/registration'
import type { EventRepository, StatusFilter, WaitlistEntry } from './repository'

export type EventLoaders = ReturnType<typeof createEventLoaders>

/** Identifies a page of the registrations of one event or user. */
interface RegistrationPageKey extends PageKey {
  statuses: StatusFilter
}

type RegistrationCountKey = Omit<RegistrationPageKey, 'page'>

/** Creates the loaders of one request. */
export function createEventLoaders(repository: EventRepository, viewer: Viewer) {
  const loaders = {
    eventById: createLoader<Event | null, null>((ids) => repository.eventsByIds(ids), null),
    removedEventById: createLoader<Event | null, null>((ids) => repository.removedEventsByIds(ids), null),
    eventPageByOrganizer: createPageLoader((ids, page) => repository.eventPagesByOrganizer(ids, page)),
    eventCountByOrganizer: createLoader((ids) => repository.eventCountsByOrganizer(ids), 0),
    registrationById: createLoader<Registration | null, null>(
      (ids) => repository.registrationsByIds(ids),
      null,
    ),
    /** The viewer's own registration. */
    registrationByEvent: createLoader<Registration | null, null>(
      async (ids) =>
        viewer.kind === 'signedIn' ? repository.registrationsOfUserByEvent(viewer.id, ids) : new Map(),
      null,
    ),
    registrationPageByEvent: createRegistrationPageLoader(repository.registrationPagesByEvent),
    registrationPageByUser: createRegistrationPageLoader(repository.registrationPagesByUser),
    registrationCountByEvent: createRegistrationCountLoader(repository.registrationCountsByEvent),
    registrationCountByUser: createRegistrationCountLoader(repository.registrationCountsByUser),
    /** The number of registrations that wait ahead of this one. */
    waitlistAheadByRegistration: new DataLoader<WaitlistEntry, number, string>(
      async (entries) => {
        const ahead = await repository.countWaitlistAhead(entries)
        return entries.map(({ id }) => ahead.get(id) ?? 0)
      },
      { cacheKeyFn: ({ id }) => id },
    ),
  }
  return {
    ...loaders,
    /** Clears all caches after a write, so that later mutations of the same request read the new state. */
    clearAll: () => Object.values(loaders).forEach((loader) => loader.clearAll()),
  }
}

function createRegistrationPageLoader(
  fetch: (ids: readonly string[], statuses: StatusFilter, page: Page) => Promise<Map<string, Registration[]>>,
) {
  return createGroupedLoader<RegistrationPageKey, Registration[]>(
    (key) => `${toPageGroup(key)} ${JSON.stringify(key.statuses)}`,
    (ids, { page, statuses }) => fetch(ids, statuses, page),
    () => [],
  )
}

function createRegistrationCountLoader(
  fetch: (ids: readonly string[], statuses: StatusFilter) => Promise<Map<string, number>>,
) {
  return createGroupedLoader<RegistrationCountKey, number>(
    ({ statuses }) => JSON.stringify(statuses),
    (ids, { statuses }) => fetch(ids, statuses),
    () => 0,
  )
}
