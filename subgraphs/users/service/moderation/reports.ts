import { badUserInput, forbidden, mutationRejected } from '../../../../packages/platform'
import { hasRole, isSelf } from '../../../../packages/auth'
import { InputValidator } from '../../../../packages/subgraph-kit/input'
import {
  readPage,
  toConnection,
  type Connection,
  type PageArguments,
} from '../../../../packages/subgraph-kit/pagination'
import { isId, requireId } from '../../../../schema/ids'
import {
  canResolve,
  deriveReportId,
  readReportNote,
  readResolution,
  readSubjectType,
  type Report,
  type ReportReason,
  type ReportStatus,
  type SubjectType,
} from '../../domain/moderation/report'
import type { User } from '../../domain/user'
import { queueOrder, queueSortKey } from '../../repository/moderation/reports'
import { requireAccount, type UseCaseDependencies } from '../dependencies'
import { requireModerator } from './moderators'

interface ReportInput {
  subjectId: string
  reason: ReportReason
  note?: string | null
}

interface QueueArguments extends PageArguments {
  statuses?: readonly ReportStatus[] | null
}

interface ResolutionInput {
  reportId: string
  status: ReportStatus
  note?: string | null
}

const subjectArgument = ['input', 'subjectId']

/** @throws BAD_USER_INPUT for an ID of another type or form */
export function requireSubjectType(id: string, argument: readonly string[] = subjectArgument): SubjectType {
  const type = readSubjectType(id)
  if (!type) throw badUserInput('This is no ID of a user, an event, a post or a comment.', argument)
  return type
}

/** Creates the use cases of reports. */
export function createReportUseCases(dependencies: UseCaseDependencies) {
  const { viewer, users, reports, loaders, fetchSubject, countReport, now } = dependencies
  const isModerator = hasRole(viewer, 'MODERATOR')

  /**
   * Requires a subject that exists and is visible to the viewer, and that others are responsible for.
   *
   * @returns the ID of the user who is responsible for it; null without an account
   */
  async function requireReportable(id: string): Promise<string | null> {
    const type = requireSubjectType(id)
    const isFound = type === 'User' && (await users.usersByIds([id])).has(id)
    const subject = type === 'User' ? isFound && { authorId: id } : await fetchSubject(type, id)
    if (!subject) throw mutationRejected('NOT_FOUND', 'subjectId', 'There is no such object.')
    if (isSelf(viewer, subject.authorId))
      throw mutationRejected('INVALID', 'subjectId', 'You cannot report yourself or your own content.')
    return subject.authorId
  }

  return {
    /** Reports a subject; reporting it again changes the report. */
    async report({ subjectId, reason, note: givenNote }: ReportInput): Promise<Report> {
      const { user } = await requireAccount(dependencies)
      const check = new InputValidator()
      const note = readReportNote(check, givenNote)
      check.throwIfInvalid()
      const responsibleId = await requireReportable(subjectId)
      const id = deriveReportId(user.id, subjectId)
      const createdAt = now()
      const saved = await reports.save({
        id,
        subjectId,
        responsibleId,
        reporterId: user.id,
        reason,
        note,
        createdAt,
      })
      // A report that was open has kept its time.
      if (saved.createdAt.getTime() === createdAt.getTime()) countReport()
      return saved
    },

    /** Returns the reports, oldest first, for moderators. @throws BAD_USER_INPUT for invalid pagination arguments */
    async reports({ statuses: given, ...args }: QueueArguments): Promise<Connection<Report>> {
      await requireModerator(dependencies)
      const statuses = given == null ? null : [...new Set(given)].sort()
      const page = readPage(args, queueOrder, ['reports', statuses])
      const rows = await reports.findPage(statuses, page)
      return toConnection(page, rows, queueSortKey, () => reports.count(statuses))
    },

    /** Resolves a reference to a report; null unless the viewer may read it. */
    async reportReference(id: string): Promise<Report | null> {
      const report = isId('Report', id) ? await reports.find(id) : undefined
      return report && (isModerator || isSelf(viewer, report.reporterId)) ? report : null
    },

    /** Returns the moderator who has resolved a report, for moderators. */
    visibleResolver: async ({ resolverId }: Report): Promise<User | null> =>
      isModerator && resolverId !== null ? loaders.userById.load(resolverId) : null,

    /** Returns the number of open reports on the subject of a report, for moderators; 0 for others. */
    visibleOpenReportCount: async ({ subjectId }: Report): Promise<number> =>
      isModerator ? loaders.openReportCountBySubject.load(subjectId) : 0,

    /**
     * Resolves all open reports on the subject of a report, for moderators who are not responsible for it. Idempotent for one
     * status.
     */
    async resolveReport({ reportId, ...input }: ResolutionInput): Promise<Report> {
      const { id: moderatorId } = await requireModerator(dependencies)
      const id = requireId('Report', reportId, ['input', 'reportId'])
      const check = new InputValidator()
      const { status, reason } = readResolution(check, input)
      check.throwIfInvalid()
      const report = await reports.find(id)
      if (!report) throw mutationRejected('NOT_FOUND', 'reportId', 'There is no such report.')
      if (!canResolve(moderatorId, report)) throw forbidden()
      if (status === 'OPEN' || report.status === status) return report
      const resolution = { status, moderatorId, reason, at: now() }
      const resolved = await reports.resolve(report, resolution)
      if (!resolved)
        throw mutationRejected('CONFLICT', 'reportId', 'This report has been resolved or dismissed already.')
      // The consumer of the domain event resolves the rest.
      await reports.resolveOthers(report.subjectId, resolution)
      return resolved
    },
  }
}
