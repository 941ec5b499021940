import DataLoader from 'dataloader'

import { createGroupedLoader, createLoader } from '../shared/batch'
import type { Page } from '../shared/pagination'
import type { Viewer } from '../shared/viewer'
import type { Event } from './event'
import type { Registration } from './registration'
import type { EventRepository, Place, Statuses } from './repository'

export type EventLoaders = ReturnType<typeof createEventLoaders>

/** A page of the events or registrations of one parent. */
export interface PageKey {
  id: string
  page: Page
  /** Of registrations: those of these statuses. */
  statuses: Statuses
}

export type CountKey = Omit<PageKey, 'page'>

/** What one request reads of events and registrations. */
export function createEventLoaders(repository: EventRepository, viewer: Viewer) {
  const loaders = {
    eventById: createLoader<Event | null, null>((ids) => repository.eventsByIds(ids), null),
    eventPageByOrganizer: createGroupedLoader<PageKey, Event[]>(
      samePage,
      (ids, { page }) => repository.pagesByOrganizer(ids, page),
      () => [],
    ),
    eventCountByOrganizer: createLoader((ids) => repository.countByOrganizer(ids), 0),
    registrationById: createLoader<Registration | null, null>(
      (ids) => repository.registrationsByIds(ids),
      null,
    ),
    /** The viewer's own registration. */
    registrationByEvent: createLoader<Registration | null, null>(
      async (ids) =>
        viewer.kind === 'signedIn' ? repository.registrationsOfUser(viewer.id, ids) : new Map(),
      null,
    ),
    registrationPageByEvent: pageLoader(repository.pagesByEvent),
    registrationPageByUser: pageLoader(repository.pagesByUser),
    registrationCountByEvent: countLoader(repository.countByEvent),
    registrationCountByUser: countLoader(repository.countByUser),
    /** How many wait before a registration. */
    aheadByRegistration: new DataLoader<Place, number, string>(
      async (places) => {
        const ahead = await repository.countAhead(places)
        return places.map(({ id }) => ahead.get(id) ?? 0)
      },
      { cacheKeyFn: ({ id }) => id },
    ),
  }
  return {
    ...loaders,
    /** After a write: the mutations that follow in the same request read anew. */
    forget: () => Object.values(loaders).forEach((loader) => loader.clearAll()),
  }
}

/** Equal pages of different parents are read together; their cursors' scopes differ and do not matter for that. */
function samePage({ page: { limit, backward, from }, statuses }: PageKey): string {
  return JSON.stringify([limit, backward, from, statuses])
}

function pageLoader(
  fetch: (ids: readonly string[], statuses: Statuses, page: Page) => Promise<Map<string, Registration[]>>,
) {
  return createGroupedLoader<PageKey, Registration[]>(
    samePage,
    (ids, { page, statuses }) => fetch(ids, statuses, page),
    () => [],
  )
}

function countLoader(fetch: (ids: readonly string[], statuses: Statuses) => Promise<Map<string, number>>) {
  return createGroupedLoader<CountKey, number>(
    ({ statuses }) => JSON.stringify(statuses),
    (ids, { statuses }) => fetch(ids, statuses),
    () => 0,
  )
}
