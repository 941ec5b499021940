import { CheckInListDocument } from '@agora/client/apollo'
import { useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { isInvalidId } from '../../api/errors.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { CheckInForm } from './CheckInForm.tsx'
import { CheckInRow } from './CheckInRow.tsx'

/** The door of an event: tickets by their codes, and the list of those who are expected. */
export default function CheckInScreen({ params }: { params: { id: string } }) {
  const { isLoading } = useSession()
  const { data, error, loading, refetch, fetchMore } = useQuery(CheckInListDocument, {
    variables: { eventId: params.id },
    fetchPolicy: 'cache-and-network',
  })
  const event = data?.event
  if (!event && (loading || isLoading)) {
    return (
      <Page title="Check-in">
        <ListSkeleton rows={2} label="Loading the registrations" />
      </Page>
    )
  }
  if (!event && error && !isInvalidId(error)) {
    return (
      <Page title="Check-in">
        <ErrorMessage title="The event could not be loaded" error={error} onRetry={() => refetch()} />
      </Page>
    )
  }
  if (!event?.viewerCanCheckIn)
    return <NotFoundScreen title="Check-in">This page is for the organizer.</NotFoundScreen>
  const { registrations, checkedInCount, seatsTaken } = event
  return (
    <Page title="Check-in">
      <p className="check-in-event">
        <Link href={`/events/${event.id}`}>{event.title}</Link>
      </p>
      <div className="card check-in">
        <p className="seats-text">
          {describeCount(checkedInCount, 'party', 'parties')} checked in ·{' '}
          {describeCount(seatsTaken, 'person', 'people')} expected
        </p>
        <CheckInForm eventId={event.id} />
      </div>
      {registrations ? (
        registrations.nodes.length === 0 ? (
          <StateMessage title="No registrations yet">
            <p>Everyone with a confirmed seat appears here.</p>
          </StateMessage>
        ) : (
          <ul className="rows card" aria-label="Registrations">
            {registrations.nodes.map((registration) => (
              <CheckInRow key={registration.id} eventId={event.id} registration={registration} />
            ))}
          </ul>
        )
      ) : (
        <ErrorMessage title="The registrations are unavailable" error={error} onRetry={() => refetch()} />
      )}
      {registrations?.pageInfo.hasNextPage && (
        <LoadMore
          label="Load more registrations"
          after={registrations.pageInfo.endCursor}
          onLoad={(after) => fetchMore({ variables: { after } })}
        />
      )}
    </Page>
  )
}

const describeCount = (count: number, singular: string, plural: string) =>
  `${count} ${count === 1 ? singular : plural}`
