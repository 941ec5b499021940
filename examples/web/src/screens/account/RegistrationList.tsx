import { MyRegistrationsDocument, type RegistrationFieldsFragment } from '@agora/client/apollo'
import { useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { formatEventTime } from '../../components/formatTime.ts'
import { LoadMore } from '../../components/LoadMore.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'

/** The events that the viewer is registered for. */
export function RegistrationList() {
  const { data, error, loading, refetch, fetchMore } = useQuery(MyRegistrationsDocument, {
    variables: { statuses: ['CONFIRMED', 'WAITLISTED'] },
    fetchPolicy: 'cache-and-network',
  })
  const registrations = data?.viewer?.registrations
  if (!registrations) {
    return loading ? (
      <ListSkeleton rows={2} label="Loading your registrations" />
    ) : (
      <ErrorMessage title="Your registrations are unavailable" error={error} onRetry={() => refetch()} />
    )
  }
  if (registrations.nodes.length === 0) {
    return (
      <StateMessage title="No registrations yet">
        <p>Find something to do, and your ticket appears here.</p>
        <Link href="/events" className="button">
          Look at the events
        </Link>
      </StateMessage>
    )
  }
  return (
    <>
      <ul className="rows card">
        {registrations.nodes.map((registration) => (
          <li key={registration.id} className="row">
            <div>
              {registration.event ? (
                <>
                  <p className="row-title">
                    <Link href={`/events/${registration.event.id}`}>{registration.event.title}</Link>
                  </p>
                  <p className="quiet">
                    {formatEventTime(registration.event.startsAt, null, registration.event.timeZone)}
                  </p>
                </>
              ) : (
                <p className="quiet">Event unavailable</p>
              )}
            </div>
            <span className="chip">{describeRegistration(registration)}</span>
          </li>
        ))}
      </ul>
      {registrations.pageInfo.hasNextPage && (
        <LoadMore
          label="Load more registrations"
          after={registrations.pageInfo.endCursor}
          onLoad={(after) => fetchMore({ variables: { after } })}
        />
      )}
    </>
  )
}

function describeRegistration({ status, waitlistPosition }: RegistrationFieldsFragment): string {
  if (status === 'CONFIRMED') return 'Confirmed'
  return waitlistPosition === null ? 'Waitlist' : `Waitlist, number ${waitlistPosition}`
}
