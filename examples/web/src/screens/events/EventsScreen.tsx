import { EventsDocument } from '@agora/client/apollo'
import { useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { EventCard } from './EventCard.tsx'

/** Upcoming events first, then past ones. */
export default function EventsScreen() {
  const { isSignedIn } = useSession()
  const { data, error, loading, fetchMore, refetch } = useQuery(EventsDocument, {
    variables: { orderBy: 'UPCOMING' },
    fetchPolicy: 'cache-and-network',
  })
  const events = data?.events
  return (
    <Page
      title="Events"
      actions={
        isSignedIn && (
          <Link href="/events/new" className="button button-primary">
            Organize an event
          </Link>
        )
      }
    >
      {events ? (
        events.nodes.length === 0 ? (
          <StateMessage title="No events yet">
            <p>Events appear here as soon as someone organizes one.</p>
          </StateMessage>
        ) : (
          <ol className="feed" aria-label="Events">
            {events.nodes.map((event) => (
              <li key={event.id}>
                <EventCard event={event} />
              </li>
            ))}
          </ol>
        )
      ) : loading ? (
        <ListSkeleton label="Loading events" />
      ) : (
        <ErrorMessage title="The events could not be loaded" error={error} onRetry={() => refetch()} />
      )}
      {events?.pageInfo.hasNextPage && (
        <LoadMore
          label="Load more events"
          isAutomatic
          after={events.pageInfo.endCursor}
          onLoad={(after) => fetchMore({ variables: { after } })}
        />
      )}
    </Page>
  )
}
