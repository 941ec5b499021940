import type { Connection, QueryFilter } from 'mongoose'

import { countByParent, findPages } from '../../shared/keyset'
import type { Page } from '../../shared/pagination'
import type { RegistrationDocument, RegistrationModel } from '../model'
import type { Registration, RegistrationStatus } from '../registration'
import { registrationOf } from './documents'

/** Null: of every status. */
export type Statuses = readonly RegistrationStatus[] | null

/** A place in an event's line. */
export type Place = Pick<Registration, 'id' | 'eventId' | 'sequence'>

/** Reads registrations. They are written by the desk alone. */
export function createRegistrationReader(connection: Connection, model: RegistrationModel) {
  const ofStatuses = (statuses: Statuses): QueryFilter<RegistrationDocument> =>
    statuses ? { status: { $in: [...statuses] } } : {}

  const pages =
    (parent: 'eventId' | 'userId') => async (ids: readonly string[], statuses: Statuses, page: Page) => {
      const found = await findPages<RegistrationDocument>(
        connection,
        model,
        parent,
        ids,
        ofStatuses(statuses),
        page,
      )
      return new Map([...found].map(([id, documents]) => [id, documents.map(registrationOf)]))
    }

  return {
    async registrationsByIds(ids: readonly string[]): Promise<Map<string, Registration>> {
      const documents = await model.find({ _id: { $in: ids } }).lean<RegistrationDocument[]>()
      return new Map(documents.map((document) => [document._id, registrationOf(document)]))
    },

    /** A user's own registration for each of these events. */
    async registrationsOfUser(
      userId: string,
      eventIds: readonly string[],
    ): Promise<Map<string, Registration>> {
      const documents = await model
        .find({ userId, eventId: { $in: eventIds } })
        .lean<RegistrationDocument[]>()
      return new Map(documents.map((document) => [document.eventId, registrationOf(document)]))
    },

    pagesByEvent: pages('eventId'),
    pagesByUser: pages('userId'),
    countByEvent: (ids: readonly string[], statuses: Statuses) =>
      countByParent(model, 'eventId', ids, ofStatuses(statuses)),
    countByUser: (ids: readonly string[], statuses: Statuses) =>
      countByParent(model, 'userId', ids, ofStatuses(statuses)),

    /** How many wait before each of these places; one command, which reads an index alone. */
    async countAhead(places: readonly Place[]): Promise<Map<string, number>> {
      const [first, ...others] = places.map(({ id, eventId, sequence }) => [
        { $match: { eventId, status: 'WAITLISTED', sequence: { $lt: sequence } } },
        { $group: { _id: { $literal: id }, ahead: { $sum: 1 } } },
      ])
      if (!first) return new Map()
      const coll = model.collection.collectionName
      const counted = await model.collection
        .aggregate<{ _id: string; ahead: number }>([
          ...first,
          ...others.map((pipeline) => ({ $unionWith: { coll, pipeline } })),
        ])
        .toArray()
      return new Map(counted.map(({ _id, ahead }) => [_id, ahead]))
    },
  }
}
