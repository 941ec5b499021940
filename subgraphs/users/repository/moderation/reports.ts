import type { Connection } from 'mongoose'

import { pushEvents } from '../../../../packages/event-log/mongo'
import { publishLater, type PublishPendingEvents } from '../../../../packages/event-log/outbox'
import {
  countByParent,
  ensureIndexes,
  findPage,
  readDistinctValues,
  readDuplicateKeyField,
} from '../../../../packages/subgraph-kit/mongo'
import type { KeyValue, Order, Page } from '../../../../packages/subgraph-kit/pagination'
import { toReportResolved } from '../../domain/domainEvents'
import type { NewReport, Report, ReportResolution, ReportStatus } from '../../domain/moderation/report'
import { createReportModel, type ReportDocument } from './models'

export type ReportRepository = ReturnType<typeof createReportRepository>

/** The order of the queue: oldest first. */
export const queueOrder: Order = [
  { field: 'createdAt', direction: 1, type: 'date' },
  { field: '_id', direction: 1, type: 'string' },
]

/** Returns the sort key of a report in the queue. */
export const queueSortKey = ({ createdAt, id }: Report): readonly KeyValue[] => [createdAt, id]

/** How many reports of one subject are resolved by one call. */
const maxResolved = 100

const toReport = ({ _id, ...rest }: ReportDocument): Report => ({ id: _id, ...rest })

const toFilter = (statuses: readonly ReportStatus[] | null) =>
  statuses === null ? {} : { status: { $in: [...statuses] } }

/**
 * Reads and writes reports.
 *
 * @param publishPendingEvents called after writes that add domain events to the outbox
 */
export function createReportRepository(
  connection: Connection,
  publishPendingEvents: PublishPendingEvents = publishLater,
) {
  const model = createReportModel(connection)

  async function saveReport({ id, note, createdAt, ...rest }: NewReport): Promise<Report> {
    const document = await model
      .findOneAndUpdate(
        { _id: id },
        [
          {
            $set: {
              ...rest,
              // A pipeline would evaluate a text that begins with $ as an expression.
              note: { $literal: note },
              createdAt: { $cond: [{ $eq: ['$status', 'OPEN'] }, '$createdAt', createdAt] },
              status: 'OPEN',
              resolvedAt: null,
              resolverId: null,
            },
          },
        ],
        { upsert: true, returnDocument: 'after', updatePipeline: true },
      )
      .orFail()
      .lean<ReportDocument>()
    return toReport(document)
  }

  async function resolve(
    { id, subjectId, reporterId }: Report,
    resolution: ReportResolution,
    isPrimary: boolean,
  ): Promise<Report | undefined> {
    const { status, moderatorId, at } = resolution
    const event = toReportResolved({ subjectId, reporterId }, resolution, isPrimary)
    const document = await model
      .findOneAndUpdate(
        { _id: id, status: 'OPEN' },
        { $set: { status, resolvedAt: at, resolverId: moderatorId }, ...pushEvents(event) },
        { returnDocument: 'after' },
      )
      .lean<ReportDocument | null>()
    if (document) publishPendingEvents(id)
    return document ? toReport(document) : undefined
  }

  return {
    prepare: () => ensureIndexes(model),

    async find(id: string): Promise<Report | undefined> {
      const document = await model.findById(id).lean<ReportDocument | null>()
      return document ? toReport(document) : undefined
    },

    /** Inserts a report, changes an open one, or opens a resolved one again. */
    async save(report: NewReport): Promise<Report> {
      try {
        return await saveReport(report)
      } catch (error) {
        // The same user has reported twice at the same time; now the report exists.
        if (readDuplicateKeyField(error) === undefined) throw error
        return saveReport(report)
      }
    },

    /** @param statuses null for all */
    async findPage(statuses: readonly ReportStatus[] | null, page: Page): Promise<Report[]> {
      const documents = await findPage<ReportDocument>(model, toFilter(statuses), page)
      return documents.map(toReport)
    },

    count: async (statuses: readonly ReportStatus[] | null): Promise<number> =>
      await model.countDocuments(toFilter(statuses)),

    /** Returns the numbers of open reports by subject; no entry for a subject without any. */
    countOpenBySubject: (subjectIds: readonly string[]): Promise<Map<string, number>> =>
      countByParent<ReportDocument>(model, 'subjectId', subjectIds, { status: 'OPEN' }),

    /** Resolves a report. @returns undefined when it is not open */
    resolve: (report: Report, resolution: ReportResolution) => resolve(report, resolution, true),

    /**
     * Resolves the reports on a subject that were open at the time of the resolution, at most 100. Idempotent.
     *
     * @returns whether there may be more
     */
    async resolveOthers(subjectId: string, resolution: ReportResolution): Promise<boolean> {
      const open = await model
        .find({ subjectId, status: 'OPEN', createdAt: { $lte: resolution.at } })
        .sort({ createdAt: 1 })
        .limit(maxResolved)
        .lean<ReportDocument[]>()
      for (const document of open) await resolve(toReport(document), resolution, false)
      return open.length === maxResolved
    },

    /** Removes the author and the note from the reports of deleted users. */
    async removeReporters(userIds: readonly string[]): Promise<void> {
      if (userIds.length === 0) return
      await model.updateMany(
        { reporterId: { $in: [...userIds] } },
        { $set: { reporterId: null, note: null } },
      )
    },

    /** Yields the IDs of all reporters, in pages. */
    listReporterIds: (): AsyncIterable<string[]> => readDistinctValues<ReportDocument>(model, 'reporterId'),
  }
}
