import type { Connection } from 'mongoose'

import { readBounds } from '../../../../packages/platform'
import {
  buildPageFilter,
  buildPageSort,
  findByIds,
  firstBatchSize,
  requireDb,
} from '../../../../packages/subgraph-kit/mongo'
import type { Page } from '../../../../packages/subgraph-kit/pagination'
import type { Notification } from '../../domain/notifications/notification'
import type { User } from '../../domain/user'
import { publicProjection, toUser, type PublicUserDocument } from '../documents'
import { accountsOnly } from '../models'
import type { NotificationDocument, NotificationModel, NotificationTombstone } from './models'

/** A part of the inbox of a user. */
export type InboxQuery = { unreadOnly: boolean } & ({ kind: 'page'; page: Page } | { kind: 'count' })

/** A page of up to `limit + 1` notifications with the users who caused them, or a count. */
export interface InboxResult {
  rows: Notification[]
  actors: User[]
  count: number
}

type StoredNotification = Exclude<NotificationDocument, NotificationTombstone>
type InboxRow = (StoredNotification & { actors: PublicUserDocument[] }) | { count: number }

/** Reads notifications. */
export function createInboxQueries(connection: Connection, model: NotificationModel) {
  return {
    /** Returns the notifications among these, by ID. */
    async findNotifications(ids: readonly string[]): Promise<Map<string, Notification>> {
      const documents = await findByIds(model, ids)
      return new Map(
        documents.flatMap((document) =>
          isTombstone(document) ? [] : [[document._id, toNotification(document)]],
        ),
      )
    },

    /** Reads several parts of the inbox of a user with one command, in their order. */
    async findInbox(recipientId: string, queries: readonly InboxQuery[]): Promise<InboxResult[]> {
      const lookups = queries.map((query, index) => ({
        $lookup: {
          from: model.collection.collectionName,
          localField: '_id',
          foreignField: 'recipientId',
          pipeline: [
            { $match: query.unreadOnly ? { isUnread: true } : {} },
            ...(query.kind === 'count' ? countStages : buildPageStages(query.page)),
          ],
          as: String(index),
        },
      }))
      const [found] = await requireDb(connection)
        .aggregate<Record<string, InboxRow[]>>([{ $documents: [{ _id: recipientId }] }, ...lookups], {
          batchSize: firstBatchSize,
          ...readBounds(),
        })
        .toArray()
      return queries.map((_, index) => toResult(found?.[index] ?? []))
    },
  }
}

/**
 * Returns the range of times of a page: in a join, the database scans the list up to the page if it has the
 * alternatives only.
 */
function buildTimeRange({ from, backward }: Page) {
  const time = from?.[0]
  return time === undefined ? {} : { createdAt: backward ? { $gte: time } : { $lte: time } }
}

const countStages = [{ $count: 'count' }]

const buildPageStages = (page: Page) => [
  { $match: buildTimeRange(page) },
  { $match: buildPageFilter<NotificationDocument>(page) },
  { $sort: buildPageSort(page) },
  { $limit: page.limit + 1 },
  {
    $lookup: {
      from: 'users',
      localField: 'actorId',
      foreignField: '_id',
      pipeline: [{ $match: accountsOnly }, { $project: publicProjection }],
      as: 'actors',
    },
  },
]

function toResult(rows: readonly InboxRow[]): InboxResult {
  const documents = rows.flatMap((row) => ('count' in row ? [] : [row]))
  return {
    rows: documents.map(toNotification),
    actors: documents.flatMap(({ actors }) => actors.map(toUser)),
    count: rows.reduce((sum, row) => sum + ('count' in row ? row.count : 0), 0),
  }
}

const isTombstone = (document: NotificationDocument): document is NotificationTombstone =>
  'retractedAt' in document

export function toNotification(document: StoredNotification): Notification {
  const { _id, recipientId, type, template, facts = {}, actorId, subjectId, createdAt, readAt } = document
  return { id: _id, recipientId, type, template, facts, actorId, subjectId, createdAt, readAt }
}
