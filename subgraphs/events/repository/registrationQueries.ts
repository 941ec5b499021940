import type { Connection, QueryFilter } from 'mongoose'

import type { Page } from '../../../packages/subgraph-kit/pagination'
import { countByParent, findPages } from '../../../packages/subgraph-kit/mongo'
import type { Registration, RegistrationStatus } from '../domain/registration'
import { toRegistration } from './documents'
import { registrationByUserIndex, type RegistrationDocument, type RegistrationModel } from './models'

/** Null matches every status. */
export type StatusFilter = readonly RegistrationStatus[] | null

/** A waitlisted registration and the length of its waitlist. */
export interface WaitlistEntry extends Pick<Registration, 'id' | 'eventId' | 'sequence'> {
  waitlistCount: number
}

/** A page of the registered users of an event, in order of their IDs. */
export interface RegisteredUserPage {
  eventId: string
  /** Only users with IDs after this one. */
  after: string | null
  limit: number
  /** Leaves out the waitlist. */
  confirmedOnly: boolean
}

interface CountQuery {
  id: string
  filter: object
  /** Stops counting here. */
  limit?: number
}

/** Reads registrations. The registration journal writes them. */
export function createRegistrationQueries(connection: Connection, model: RegistrationModel) {
  const toStatusFilter = (statuses: StatusFilter): QueryFilter<RegistrationDocument> =>
    statuses ? { status: { $in: [...statuses] } } : {}

  const findPagesBy =
    (parent: 'eventId' | 'userId') => async (ids: readonly string[], statuses: StatusFilter, page: Page) => {
      const found = await findPages<RegistrationDocument>(
        connection,
        model,
        { childField: parent, filter: toStatusFilter(statuses) },
        ids,
        page,
      )
      return new Map([...found].map(([id, documents]) => [id, documents.map(toRegistration)]))
    }

  /** Runs all queries as one command. Counts of zero have no entry. */
  async function countAll(queries: readonly CountQuery[]): Promise<Map<string, number>> {
    const [first, ...others] = queries.map(({ id, filter, limit }) => [
      { $match: filter },
      ...(limit ? [{ $limit: limit }] : []),
      { $group: { _id: { $literal: id }, count: { $sum: 1 } } },
    ])
    if (!first) return new Map()
    const coll = model.collection.collectionName
    const counted = await model.aggregate<{ _id: string; count: number }>([
      ...first,
      ...others.map((pipeline) => ({ $unionWith: { coll, pipeline } })),
    ])
    return new Map(counted.map(({ _id, count }) => [_id, count]))
  }

  return {
    async registrationsByIds(ids: readonly string[]): Promise<Map<string, Registration>> {
      const documents = await model.find({ _id: { $in: ids } }).lean<RegistrationDocument[]>()
      return new Map(documents.map((document) => [document._id, toRegistration(document)]))
    },

    /** Returns the user's registrations for these events, by event ID. */
    async registrationsOfUserByEvent(
      userId: string,
      eventIds: readonly string[],
    ): Promise<Map<string, Registration>> {
      const documents = await model
        .find({ userId, eventId: { $in: eventIds } })
        .lean<RegistrationDocument[]>()
      return new Map(documents.map((document) => [document.eventId, toRegistration(document)]))
    },

    /**
     * Returns the IDs of users who are registered for an event: confirmed or waitlisted, or until the event was cancelled.
     */
    async registeredUserIds({ eventId, after, limit, confirmedOnly }: RegisteredUserPage): Promise<string[]> {
      const statuses: RegistrationStatus[] = confirmedOnly ? ['CONFIRMED'] : ['CONFIRMED', 'WAITLISTED']
      const found = await model
        // Skips anonymized registrations: they hold their own ID (`reg_…`) in place of the user ID.
        .find({ eventId, userId: { $gt: after ?? 'usr_' } })
        .find({ $or: [{ status: { $in: statuses } }, { isWithdrawn: true }] })
        .select({ _id: 0, userId: 1 })
        .sort({ userId: 1 })
        .limit(limit)
        .hint(registrationByUserIndex)
        .lean<{ userId: string }[]>()
      return found.map(({ userId }) => userId)
    },

    /** Returns the number of confirmed and waitlisted registrations of an event. */
    countActiveRegistrations: (eventId: string): Promise<number> =>
      model.countDocuments({ eventId, status: { $in: ['CONFIRMED', 'WAITLISTED'] } }).exec(),

    registrationPagesByEvent: findPagesBy('eventId'),
    registrationPagesByUser: findPagesBy('userId'),
    registrationCountsByEvent: (ids: readonly string[], statuses: StatusFilter) =>
      countByParent(model, 'eventId', ids, toStatusFilter(statuses)),
    registrationCountsByUser: (ids: readonly string[], statuses: StatusFilter) =>
      countByParent(model, 'userId', ids, toStatusFilter(statuses)),

    /**
     * Returns how many registrations wait ahead of each of these, by ID. Counts from the nearer end of the waitlist, so
     * that both ends of a long waitlist are cheap; reads an index only.
     */
    async countWaitlistAhead(entries: readonly WaitlistEntry[]): Promise<Map<string, number>> {
      const boundedCounts = await countAll(
        entries.flatMap((entry) => [
          { id: `${entry.id} ahead`, filter: filterAhead(entry), limit: boundedCountLimit },
          { id: `${entry.id} filterBehind`, filter: filterBehind(entry), limit: boundedCountLimit },
        ]),
      )
      const farFromBothEnds: WaitlistEntry[] = []
      const counts = new Map<string, number>()
      for (const entry of entries) {
        const aheadCount = boundedCounts.get(`${entry.id} ahead`) ?? 0
        const behindCount = boundedCounts.get(`${entry.id} filterBehind`) ?? 0
        if (aheadCount < boundedCountLimit) counts.set(entry.id, aheadCount)
        else if (behindCount < boundedCountLimit)
          counts.set(entry.id, Math.max(boundedCountLimit, entry.waitlistCount - 1 - behindCount))
        else farFromBothEnds.push(entry)
      }
      const fullCounts = await countAll(
        farFromBothEnds.map((entry) => ({ id: entry.id, filter: filterAhead(entry) })),
      )
      return new Map([...counts, ...fullCounts])
    },
  }
}

const boundedCountLimit = 1000

const filterAhead = ({ eventId, sequence }: WaitlistEntry) => ({
  eventId,
  status: 'WAITLISTED',
  sequence: { $lt: sequence },
})
const filterBehind = ({ eventId, sequence }: WaitlistEntry) => ({
  eventId,
  status: 'WAITLISTED',
  sequence: { $gt: sequence },
})
