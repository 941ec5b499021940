import DataLoader from 'dataloader'

import { createGroupedLoader, createLoader } from '../../packages/subgraph-kit/loaders'
import type { Page } from '../../packages/subgraph-kit/graphql/pagination'
import type { Viewer } from '../../packages/auth/viewer'
import type { Event } from './domain/event'
import type { Registration } from './domain/registration'
import type { EventRepository, Place, Statuses } from './repository'

export type EventLoaders = ReturnType<typeof createEventLoaders>

/** A page of the events or registrations of one parent. */
export interface EventPageKey {
  id: string
  page: Page
  /** Of registrations: those of these statuses. */
  statuses: Statuses
}

export type EventCountKey = Omit<EventPageKey, 'page'>

/** What one request reads of events and registrations. */
export function createEventLoaders(repository: EventRepository, viewer: Viewer) {
  const loaders = {
    eventById: createLoader<Event | null, null>((ids) => repository.eventsByIds(ids), null),
    eventPageByOrganizer: createGroupedLoader<EventPageKey, Event[]>(
      samePage,
      (ids, { page }) => repository.eventPagesByOrganizer(ids, page),
      () => [],
    ),
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
    registrationPageByEvent: pageLoader(repository.registrationPagesByEvent),
    registrationPageByUser: pageLoader(repository.registrationPagesByUser),
    registrationCountByEvent: countLoader(repository.registrationCountsByEvent),
    registrationCountByUser: countLoader(repository.registrationCountsByUser),
    /** How many wait before a registration. */
    waitlistAheadByRegistration: new DataLoader<Place, number, string>(
      async (places) => {
        const ahead = await repository.countWaitlistAhead(places)
        return places.map(({ id }) => ahead.get(id) ?? 0)
      },
      { cacheKeyFn: ({ id }) => id },
    ),
  }
  return {
    ...loaders,
    /** After a write: the mutations that follow in the same request read anew. */
    clearAll: () => Object.values(loaders).forEach((loader) => loader.clearAll()),
  }
}

/** Equal pages of different parents are read together; their cursors' scopes differ and do not matter for that. */
function samePage({ page: { limit, backward, from }, statuses }: EventPageKey): string {
  return JSON.stringify([limit, backward, from, statuses])
}

function pageLoader(
  fetch: (ids: readonly string[], statuses: Statuses, page: Page) => Promise<Map<string, Registration[]>>,
) {
  return createGroupedLoader<EventPageKey, Registration[]>(
    samePage,
    (ids, { page, statuses }) => fetch(ids, statuses, page),
    () => [],
  )
}

function countLoader(fetch: (ids: readonly string[], statuses: Statuses) => Promise<Map<string, number>>) {
  return createGroupedLoader<EventCountKey, number>(
    ({ statuses }) => JSON.stringify(statuses),
    (ids, { statuses }) => fetch(ids, statuses),
    () => 0,
  )
}
