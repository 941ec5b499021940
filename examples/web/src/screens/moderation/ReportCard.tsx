import type { ReportsQuery } from '@agora/client/apollo'

import { Byline } from '../../components/Byline.tsx'
import { reportReasons } from '../../components/reportReasons.ts'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { ReportDecision } from './ReportDecision.tsx'
import { ReportedSubject } from './ReportedSubject.tsx'

export type ReportOfQueue = NonNullable<ReportsQuery['reports']>['nodes'][number]

interface ReportCardProps {
  report: ReportOfQueue
  onResolved: () => unknown
}

export function ReportCard({ report, onResolved }: ReportCardProps) {
  const { reason, note, reporter, createdAt, status, resolver, resolvedAt, openReportCount } = report
  return (
    <article className="card report">
      <p className="report-reason">
        <span className="chip chip-strong">{reportReasons[reason]}</span>
        {openReportCount > 1 && <span className="chip">{openReportCount} reports</span>}
      </p>
      <ReportedSubject subject={report.subject} />
      {note && <blockquote className="report-note">{note}</blockquote>}
      <Byline author={reporter} fallback="Reporter unavailable">
        reported <TimeAgo at={createdAt} />
      </Byline>
      {status === 'OPEN' ? (
        <ReportDecision report={report} onResolved={onResolved} />
      ) : (
        <p className="quiet">
          {status === 'RESOLVED' ? 'Resolved' : 'Dismissed'}
          {resolver && ` by ${resolver.displayName}`} {resolvedAt && <TimeAgo at={resolvedAt} />}
        </p>
      )}
    </article>
  )
}
