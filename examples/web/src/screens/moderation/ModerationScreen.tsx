import { ReportsDocument, type ReportStatus } from '@agora/client/apollo'
import { useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { Redirect } from 'wouter'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { ReportCard } from './ReportCard.tsx'

const views: Record<'Open' | 'Done', ReportStatus[]> = {
  Open: ['OPEN'],
  Done: ['RESOLVED', 'DISMISSED'],
}
type View = keyof typeof views

/** The reports of members, the oldest first. */
export default function ModerationScreen() {
  const { isModerator, isSignedIn, isLoading } = useSession()
  if (isLoading) return <ListSkeleton rows={1} label="Loading the queue" />
  if (!isSignedIn) return <Redirect to="/sign-in" replace />
  if (!isModerator) return <NotFoundScreen title="Moderation">This page is for moderators.</NotFoundScreen>
  return <ModerationQueue />
}

function ModerationQueue() {
  const [view, setView] = useState<View>('Open')
  const { data, error, loading, refetch, fetchMore } = useQuery(ReportsDocument, {
    variables: { statuses: views[view] },
    fetchPolicy: 'cache-and-network',
  })
  const reports = data?.reports
  return (
    <Page title="Moderation">
      <div className="tabs" role="group" aria-label="Reports">
        {(['Open', 'Done'] as const).map((each) => (
          <button key={each} type="button" aria-pressed={each === view} onClick={() => setView(each)}>
            {each}
          </button>
        ))}
      </div>
      {reports ? (
        reports.nodes.length === 0 ? (
          <StateMessage title={view === 'Open' ? 'All quiet' : 'No decisions yet'}>
            <p>
              {view === 'Open'
                ? 'Every report has been dealt with.'
                : 'Reports that you resolve or dismiss appear here.'}
            </p>
          </StateMessage>
        ) : (
          <ul className="feed" aria-label={`${view} reports`}>
            {reports.nodes.map((report) => (
              <li key={report.id}>
                <ReportCard report={report} onResolved={() => refetch()} />
              </li>
            ))}
          </ul>
        )
      ) : loading ? (
        <ListSkeleton rows={2} label="Loading the queue" />
      ) : (
        <ErrorMessage title="The queue is unavailable" error={error} onRetry={() => refetch()} />
      )}
      {reports?.pageInfo.hasNextPage && (
        <LoadMore
          label="Load more reports"
          onLoad={() => fetchMore({ variables: { after: reports.pageInfo.endCursor } })}
        />
      )}
    </Page>
  )
}
