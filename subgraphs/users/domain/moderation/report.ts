import type { InputValidator } from '../../../../packages/subgraph-kit/input'
import { derivedId, readIdType } from '../../../../schema/ids'
import { reasonMaxLength } from './suspension'

export type ReportReason =
  'SPAM' | 'HARASSMENT' | 'HATE' | 'VIOLENCE' | 'SEXUAL' | 'MISINFORMATION' | 'IMPERSONATION' | 'OTHER'

export type ReportStatus = 'OPEN' | 'RESOLVED' | 'DISMISSED'

/** The types of objects that can be reported. */
const subjectTypes = ['User', 'Event', 'Post', 'Comment'] as const
export type SubjectType = (typeof subjectTypes)[number]

/** A report of one user about one subject. */
export interface Report {
  id: string
  subjectId: string
  /** The user who is responsible for the subject; null without an account. Absent in reports of earlier versions. */
  responsibleId?: string | null
  /** Null, like the note, once the account is deleted. */
  reporterId: string | null
  reason: ReportReason
  note: string | null
  status: ReportStatus
  /** When it was made, or made again after it had been resolved. */
  createdAt: Date
  resolvedAt: Date | null
  resolverId: string | null
}

/** A report as it is made. */
export type NewReport = Pick<Report, 'id' | 'subjectId' | 'reason' | 'note' | 'createdAt'> & {
  reporterId: string
  responsibleId: string | null
}

/** Returns whether a moderator may resolve a report: not those about themselves or their own content. */
export const canResolve = (moderatorId: string, { subjectId, responsibleId }: Report): boolean =>
  moderatorId !== subjectId && moderatorId !== responsibleId

/** The decision about all open reports on a subject. */
export interface ReportResolution {
  status: Exclude<ReportStatus, 'OPEN'>
  moderatorId: string
  reason: string | null
  at: Date
}

/** Returns the ID of a user's report on a subject: always the same, so that there is one at most. */
export const deriveReportId = (reporterId: string, subjectId: string): string =>
  derivedId('Report', reporterId, subjectId)

/** Returns the type of a subject's ID; undefined for any other text. */
export function readSubjectType(id: string): SubjectType | undefined {
  const type = readIdType(id)
  return subjectTypes.find((each) => each === type)
}

const noteMaxLength = 1_000

/** Reads the note of a report: at most 1,000 characters, null when blank. */
export const readReportNote = (check: InputValidator, note: string | null | undefined): string | null =>
  check.readOptionalText('note', note, { max: noteMaxLength })

/** Reads the status and the note of a resolution. */
export function readResolution(
  check: InputValidator,
  { status, note }: { status: ReportStatus; note?: string | null },
): Pick<ReportResolution, 'reason'> & { status: ReportStatus } {
  if (status === 'OPEN') check.addError('INVALID', 'status', 'Must be RESOLVED or DISMISSED.')
  return { status, reason: check.readOptionalText('note', note, { max: reasonMaxLength }) }
}
