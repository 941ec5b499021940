import type { Connection, QueryFilter } from 'mongoose'

import { countByParent, findPages } from '../../../packages/subgraph-kit/mongo/keysetPages'
import type { Page } from '../../../packages/subgraph-kit/graphql/pagination'
import type { RegistrationDocument, RegistrationModel } from './models'
import type { Registration, RegistrationStatus } from '../domain/registration'
import { toRegistration } from './documents'

/** Null: of every status. */
export type StatusFilter = readonly RegistrationStatus[] | null

/** A place in an event's line, and how many wait in it. */
export interface WaitlistEntry extends Pick<Registration, 'id' | 'eventId' | 'sequence'> {
  waitlistCount: number
}

interface Count {
  id: string
  filter: object
  /** Where to stop counting. */
  limit?: number
}

/** Reads registrations. They are written by the desk alone. */
export function createRegistrationQueries(connection: Connection, model: RegistrationModel) {
  const ofStatuses = (statuses: StatusFilter): QueryFilter<RegistrationDocument> =>
    statuses ? { status: { $in: [...statuses] } } : {}

  const pages =
    (parent: 'eventId' | 'userId') => async (ids: readonly string[], statuses: StatusFilter, page: Page) => {
      const found = await findPages<RegistrationDocument>(
        connection,
        model,
        parent,
        ids,
        ofStatuses(statuses),
        page,
      )
      return new Map([...found].map(([id, documents]) => [id, documents.map(toRegistration)]))
    }

  /** All of them in one command; what is zero has no entry. */
  async function counts(wanted: readonly Count[]): Promise<Map<string, number>> {
    const [first, ...others] = wanted.map(({ id, filter, limit }) => [
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

    /** A user's own registration for each of these events. */
    async registrationsOfUserByEvent(
      userId: string,
      eventIds: readonly string[],
    ): Promise<Map<string, Registration>> {
      const documents = await model
        .find({ userId, eventId: { $in: eventIds } })
        .lean<RegistrationDocument[]>()
      return new Map(documents.map((document) => [document.eventId, toRegistration(document)]))
    },

    registrationPagesByEvent: pages('eventId'),
    registrationPagesByUser: pages('userId'),
    registrationCountsByEvent: (ids: readonly string[], statuses: StatusFilter) =>
      countByParent(model, 'eventId', ids, ofStatuses(statuses)),
    registrationCountsByUser: (ids: readonly string[], statuses: StatusFilter) =>
      countByParent(model, 'userId', ids, ofStatuses(statuses)),

    /**
     * How many wait before each of these places. It is counted from the line's nearer end, so that the first and the
     * last of a long line cost little; an index alone is read.
     */
    async countWaitlistAhead(places: readonly WaitlistEntry[]): Promise<Map<string, number>> {
      const near = await counts(
        places.flatMap((place) => [
          { id: `${place.id} before`, filter: ahead(place), limit: nearBy },
          { id: `${place.id} behind`, filter: behind(place), limit: nearBy },
        ]),
      )
      const far: WaitlistEntry[] = []
      const found = new Map<string, number>()
      for (const place of places) {
        const before = near.get(`${place.id} before`) ?? 0
        const after = near.get(`${place.id} behind`) ?? 0
        if (before < nearBy) found.set(place.id, before)
        else if (after < nearBy) found.set(place.id, Math.max(nearBy, place.waitlistCount - 1 - after))
        else far.push(place)
      }
      const counted = await counts(far.map((place) => ({ id: place.id, filter: ahead(place) })))
      return new Map([...found, ...counted])
    },
  }
}

const nearBy = 1000

const ahead = ({ eventId, sequence }: WaitlistEntry) => ({
  eventId,
  status: 'WAITLISTED',
  sequence: { $lt: sequence },
})
const behind = ({ eventId, sequence }: WaitlistEntry) => ({
  eventId,
  status: 'WAITLISTED',
  sequence: { $gt: sequence },
})
