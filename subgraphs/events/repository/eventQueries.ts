import type { Connection, QueryFilter } from 'mongoose'

import { countByParent, findPage, findPages } from '../../../packages/subgraph-kit/mongo/keysetPages'
import type { SnapshotPageArguments } from '../../../packages/event-log/projections/snapshotPages'
import type { Page } from '../../../packages/subgraph-kit/graphql/pagination'
import { createReadLimiter } from '../../../packages/subgraph-kit/rate-limits/readLimiter'
import { countMatchingDocuments, findMatchingPage } from '../../../packages/subgraph-kit/mongo/searchQuery'
import type { Event, EventSnapshot, EventSelection, VisibilityCondition } from '../domain/event'
import type { EventDocument, EventModel } from './models'
import { toEvent, readWasPublished, wasPublishedFilter } from './documents'
import { abandonedAfterMs } from './seatState'

// WGS 84's mean radius: a sphere of this size is nowhere off by more than 0.6 %.
const earthRadiusKm = 6371.0088
type ScoredDocument = EventDocument & { score: number }

const shownToEveryone: QueryFilter<EventDocument> = {
  $or: [{ status: 'PUBLISHED' }, { status: 'CANCELLED', ...wasPublishedFilter }],
}

type EventFactsDocument = Pick<
  EventDocument,
  '_id' | 'status' | 'wasPublished' | 'sequence' | 'organizerId' | 'eventSequence'
>

/**
 * Reads events. One that a crash has left unsettled is settled before it is read.
 *
 * @param settle writes out what an event's journal holds
 */
export function createEventQueries(
  connection: Connection,
  model: EventModel,
  settle: (eventId: string) => Promise<void>,
  now: () => Date,
) {
  const limited = createReadLimiter()

  /** Settles those that need it, and reads them anew. */
  async function settled<Read extends EventDocument>(documents: readonly Read[]): Promise<Read[]> {
    const abandoned = now().getTime() - abandonedAfterMs
    const ids = documents
      .filter(({ unsettledSince }) => unsettledSince && unsettledSince.getTime() < abandoned)
      .map(({ _id }) => _id)
    if (ids.length === 0) return [...documents]
    await Promise.all(ids.map((id) => settle(id)))
    const anew = await model.find({ _id: { $in: ids }, deletedAt: null }).lean<EventDocument[]>()
    const byId = new Map(anew.map((document) => [document._id, document]))
    return documents.map((document) => ({ ...document, ...byId.get(document._id) }))
  }

  return {
    /** Of these IDs, those that are there. */
    async findExistingEventIds(ids: readonly string[]): Promise<Set<string>> {
      const found = await model
        .find({ _id: { $in: ids }, deletedAt: null }, { _id: 1 })
        .lean<{ _id: string }[]>()
      return new Set(found.map(({ _id }) => _id))
    },

    /** What other subgraphs know of events: of those of these that there are, or of the next ones, in the order of IDs. */
    async eventFacts({ ids, after, first }: SnapshotPageArguments): Promise<EventSnapshot[]> {
      const wanted = ids ? { $in: [...ids] } : { $gt: after ?? '' }
      const found = await model
        .find({ _id: wanted, deletedAt: null })
        .select('status wasPublished sequence organizerId eventSequence')
        .sort({ _id: 1 })
        .limit(Math.min(500, first))
        .lean<EventFactsDocument[]>()
      return found.map((document) => {
        const { _id: id, status, organizerId, eventSequence: sequence = 0 } = document
        return { id, sequence, status, wasPublished: readWasPublished(document), organizerId }
      })
    },

    async eventsByIds(ids: readonly string[]): Promise<Map<string, Event>> {
      const found = await model.find({ _id: { $in: ids }, deletedAt: null }).lean<EventDocument[]>()
      const documents = await settled(found)
      return new Map(documents.map((document) => [document._id, toEvent(document)]))
    },

    /** A page of what is looked for, in an order that needs nothing but the events. */
    async findEvents(selection: EventSelection, page: Page): Promise<Event[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const { search, near } = selection
      const read = () =>
        search === undefined ? findPage(model, filter, page) : findMatchingPage(model, search, filter, page)
      const found = search === undefined && near === undefined ? await read() : await limited(read)
      return (await settled(found)).map(toEvent)
    },

    /** A page in `relevanceOrder`, for a selection with a search. */
    async findRelevantEvents(
      selection: EventSelection & { search: string },
      page: Page,
    ): Promise<(Event & { score: number })[]> {
      const filter = toFilter(selection)
      if (!filter) return []
      const found = await limited(() =>
        findMatchingPage<EventDocument, ScoredDocument>(model, selection.search, filter, page),
      )
      const documents = await settled(found)
      return documents.map((document) => ({ ...toEvent(document), score: document.score }))
    },

    /** Returns how many there are; null where a search has too many candidates. */
    async countEvents(selection: EventSelection): Promise<number | null> {
      const filter = toFilter(selection)
      if (!filter) return 0
      const { search } = selection
      return limited(async () =>
        search === undefined ? model.countDocuments(filter) : countMatchingDocuments(model, search, filter),
      )
    },

    /** A page of what each user organizes and everyone may see; see {@link findPages}. */
    async eventPagesByOrganizer(userIds: readonly string[], page: Page): Promise<Map<string, Event[]>> {
      const found = await findPages<EventDocument>(
        connection,
        model,
        'organizerId',
        userIds,
        shownToEveryone,
        page,
      )
      const entries = [...found].map(
        async ([id, documents]) => [id, (await settled(documents)).map(toEvent)] as const,
      )
      return new Map(await Promise.all(entries))
    },

    eventCountsByOrganizer: (userIds: readonly string[]) =>
      countByParent(model, 'organizerId', userIds, shownToEveryone),
  }
}

const toVisibleFilter = ({ wasPublished, ...rest }: VisibilityCondition): QueryFilter<EventDocument> =>
  wasPublished ? { ...rest, ...wasPublishedFilter } : rest

/** Returns the filter of a selection without its search; undefined where nothing can be found. */
function toFilter(selection: EventSelection): QueryFilter<EventDocument> | undefined {
  const { visibleWhen, tag, startsAfter, startsBefore, endsAfter, near, organizerId } = selection
  const [first] = visibleWhen
  if (!first) return undefined
  const conditions: QueryFilter<EventDocument>[] = [
    visibleWhen.length === 1 ? toVisibleFilter(first) : { $or: visibleWhen.map(toVisibleFilter) },
  ]
  if (tag !== undefined) conditions.push({ tags: tag })
  if (startsAfter) conditions.push({ startsAt: { $gte: startsAfter } })
  if (startsBefore) conditions.push({ startsAt: { $lt: startsBefore } })
  if (endsAfter) conditions.push({ overAt: { $gt: endsAfter } })
  if (organizerId !== undefined) conditions.push({ organizerId })
  if (near) {
    const circle = [[near.longitude, near.latitude], near.radiusKm / earthRadiusKm]
    conditions.push({ position: { $geoWithin: { $centerSphere: circle } } })
  }
  return { $and: conditions }
}
