import type { Connection, QueryFilter } from 'mongoose'
import type { SnapshotPageArguments } from '../../../packages/event-log'
import type { Page } from '../../../packages/subgraph-kit/pagination'
import {
  countByParent,
  countMatchingDocuments,
  findByIds,
  findMatchingPage,
  findMergedPage,
  findPages,
  type ReadLimiter,
} from '../../../packages/subgraph-kit/mongo'
import type { Event, EventSelection, EventSnapshot, VisibilityCondition } from '../domain/event'
import { eventProjection, readWasPublished, toEvent, wasPublishedFilter } from './documents'
import type { EventDocument, EventModel } from './models'
import { upcomingSections } from './orders'
import { abandonedAfterMs } from './registrationJournal'

// The mean radius of WGS 84: distances on a sphere of this size deviate by at most 0.6 %.
const earthRadiusKm = 6371.0088
type ScoredDocument = EventDocument & { score: number }

const publicFilter: QueryFilter<EventDocument> = {
  $or: [{ status: 'PUBLISHED' }, { status: 'CANCELLED', ...wasPublishedFilter }],
}

type SnapshotDocument = Pick<
  EventDocument,
  '_id' | 'status' | 'wasPublished' | 'sequence' | 'organizerId' | 'eventSequence'
>

/**
 * Reads events. Events that a crash left unsettled are settled before they are returned.
 *
 * @param settleEvent applies an event's journal and completes a pending waitlist promotion
 */
export function createEventQueries(
  connection: Connection,
  model: EventModel,
  settleEvent: (eventId: string) => Promise<void>,
  { limitRead }: ReadLimiter,
  now: () => Date,
) {
  async function findExisting(ids: readonly string[]): Promise<EventDocument[]> {
    const found = await findByIds(model, ids, eventProjection)
    return found.filter(({ deletedAt }) => !deletedAt)
  }

  /** Settles abandoned events and reads them again. */
  async function settleAbandoned<Read extends EventDocument>(documents: readonly Read[]): Promise<Read[]> {
    const abandonedBefore = now().getTime() - abandonedAfterMs
    const ids = documents
      .filter(({ unsettledSince }) => unsettledSince && unsettledSince.getTime() < abandonedBefore)
      .map(({ _id }) => _id)
    if (ids.length === 0) return [...documents]
    await Promise.all(ids.map((id) => settleEvent(id)))
    const settled = await findExisting(ids)
    const byId = new Map(settled.map((document) => [document._id, document]))
    return documents.map((document) => ({ ...document, ...byId.get(document._id) }))
  }

  /** Returns a page of a selection, which may be restricted further. */
  async function readPage(
    selection: EventSelection,
    page: Page,
    restriction: QueryFilter<EventDocument> = {},
  ): Promise<EventDocument[]> {
    const { search, near } = selection
    const filter = toFilter(selection)
    if (!filter) return []
    const read = () =>
      search === undefined
        ? findMergedPage<EventDocument>(
            model,
            toFilters(selection).map((visible) => ({ $and: [visible, restriction] })),
            page,
            { projection: eventProjection },
          )
        : findMatchingPage<EventDocument>(model, search, { $and: [filter, restriction] }, page)
    return search === undefined && near === undefined ? read() : limitRead(read)
  }

  return {
    /** Returns the IDs among these that belong to existing events. */
    async findExistingEventIds(ids: readonly string[]): Promise<Set<string>> {
      const found = await model
        .find({ _id: { $in: ids }, deletedAt: null }, { _id: 1 })
        .lean<{ _id: string }[]>()
      return new Set(found.map(({ _id }) => _id))
    },

    /** Returns snapshots of the existing events among these, or of a page of all events, ordered by ID. */
    async findSnapshots({ ids, after, first }: SnapshotPageArguments): Promise<EventSnapshot[]> {
      const idCondition = ids ? { $in: [...ids] } : { $gt: after ?? '' }
      const found = await model
        .find({ _id: idCondition, deletedAt: null })
        .select('status wasPublished sequence organizerId eventSequence')
        .sort({ _id: 1 })
        .limit(Math.min(500, first))
        .lean<SnapshotDocument[]>()
      return found.map((document) => {
        const { _id: id, status, organizerId, eventSequence: sequence = 0 } = document
        return { id, sequence, status, wasPublished: readWasPublished(document), organizerId }
      })
    },

    async eventsByIds(ids: readonly string[]): Promise<Map<string, Event>> {
      const documents = await settleAbandoned(await findExisting(ids))
      return new Map(documents.map((document) => [document._id, toEvent(document)]))
    },

    /** Returns a page of a selection, in an order of `eventOrders`. */
    async findEvents(selection: EventSelection, page: Page): Promise<Event[]> {
      return (await settleAbandoned(await readPage(selection, page))).map(toEvent)
    },

    /** Returns a page of a selection in `upcomingOrder`. @param asOf the instant of the first page */
    async findUpcomingEvents(selection: EventSelection, page: Page, asOf: Date): Promise<Event[]> {
      // Bounds the scan: no event ends before it starts.
      const atEarliest = selection.startsAfter ? { overAt: { $gte: selection.startsAfter } } : {}
      const [, ...key] = page.from ?? []
      const [lastEnd] = key
      const found: EventDocument[] = []
      let from: Page['from'] = page.from && key
      for (const { order, includes, overAt } of selectSections(page, asOf)) {
        if (lastEnd !== undefined && from && !includes(lastEnd)) continue
        const part = { ...page, order, from, limit: page.limit - found.length }
        found.push(...(await readPage(selection, part, { $and: [{ overAt }, atEarliest] })))
        if (found.length > page.limit) break
        from = null
      }
      return (await settleAbandoned(found)).map(toEvent)
    },

    /** Returns a page of a selection with a search, in `relevanceOrder`. */
    async findRelevantEvents(
      selection: EventSelection & { search: string },
      page: Page,
    ): Promise<(Event & { score: number })[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const found = await limitRead(() =>
        findMatchingPage<EventDocument, ScoredDocument>(model, selection.search, filter, page),
      )
      const documents = await settleAbandoned(found)
      return documents.map((document) => ({ ...toEvent(document), score: document.score }))
    },

    /** Returns the size of a selection; null if a search has too many candidates. */
    async countEvents(selection: EventSelection): Promise<number | null> {
      const filter = toFilter(selection)
      if (!filter) return 0
      const { search } = selection
      return limitRead(async () =>
        search === undefined ? model.countDocuments(filter) : countMatchingDocuments(model, search, filter),
      )
    },

    /** Returns a page of the public events of each organizer; see {@link findPages}. */
    async eventPagesByOrganizer(userIds: readonly string[], page: Page): Promise<Map<string, Event[]>> {
      const found = await findPages<EventDocument>(
        connection,
        model,
        { childField: 'organizerId', filter: publicFilter, projection: eventProjection },
        userIds,
        page,
      )
      const entries = [...found].map(
        async ([id, documents]) => [id, (await settleAbandoned(documents)).map(toEvent)] as const,
      )
      return new Map(await Promise.all(entries))
    },

    eventCountsByOrganizer: (userIds: readonly string[]) =>
      countByParent(model, 'organizerId', userIds, publicFilter),
  }
}

/** Returns the sections of `upcomingOrder` in the direction of a page. */
function selectSections({ backward }: Page, asOf: Date) {
  const sections = upcomingSections(asOf)
  return backward ? sections.reverse() : sections
}

const toVisibleFilter = ({ wasPublished, ...rest }: VisibilityCondition): QueryFilter<EventDocument> =>
  wasPublished ? { ...rest, ...wasPublishedFilter } : rest

/** Returns the filters of a selection without its search, one for each condition of visibility; events match at least one. */
function toFilters(selection: EventSelection): QueryFilter<EventDocument>[] {
  const { visibleWhen, tag, startsAfter, startsBefore, endsAfter, near, organizerId } = selection
  const conditions: QueryFilter<EventDocument>[] = []
  if (tag !== undefined) conditions.push({ tags: tag })
  if (startsAfter) conditions.push({ startsAt: { $gte: startsAfter } })
  if (startsBefore) conditions.push({ startsAt: { $lt: startsBefore } })
  if (endsAfter) conditions.push({ overAt: { $gt: endsAfter } })
  if (organizerId !== undefined) conditions.push({ organizerId })
  if (near) {
    const circle = [[near.longitude, near.latitude], near.radiusKm / earthRadiusKm]
    conditions.push({ position: { $geoWithin: { $centerSphere: circle } } })
  }
  return visibleWhen.map((condition) => ({ $and: [toVisibleFilter(condition), ...conditions] }))
}

/** Returns these filters as one; undefined if no event can match. */
function toFilter(selection: EventSelection): QueryFilter<EventDocument> | undefined {
  const filters = toFilters(selection)
  return filters.length > 1 ? { $or: filters } : filters[0]
}
