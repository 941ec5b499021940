import { EventPageDocument, EventUpdatedDocument } from '@agora/client/apollo'
import { useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { isInvalidId } from '../../api/errors.ts'
import { useLiveUpdates } from '../../api/useLiveUpdates.ts'
import { Byline } from '../../components/Byline.tsx'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { Markdown } from '../../components/Markdown.tsx'
import { ReportButton } from '../../components/ReportButton.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { Tags } from '../../components/Tags.tsx'
import { NotFoundScreen } from '../../layout/NotFoundScreen.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { PostCard } from '../feed/PostCard.tsx'
import { EventFacts } from './EventFacts.tsx'
import { RegistrationPanel } from './RegistrationPanel.tsx'

export default function EventScreen({ params }: { params: { id: string } }) {
  const { viewer } = useSession()
  const { data, error, loading, refetch } = useQuery(EventPageDocument, { variables: { id: params.id } })
  useLiveUpdates(EventUpdatedDocument, { variables: { eventId: params.id }, refetch })
  const event = data?.event

  if (!event && loading) {
    return (
      <Page title="Event" hidesTitle>
        <ListSkeleton rows={2} label="Loading the event" />
      </Page>
    )
  }
  if (!event && error && !isInvalidId(error)) {
    return (
      <Page title="Event">
        <ErrorMessage title="The event could not be loaded" error={error} onRetry={() => refetch()} />
      </Page>
    )
  }
  if (!event) return <NotFoundScreen title="Event not found" />

  return (
    <Page title={event.title} hidesTitle size="wide">
      <div className="event">
        <article className="event-main">
          {event.status === 'CANCELLED' && <p className="notice">This event was cancelled.</p>}
          <h1>{event.title}</h1>
          <EventFacts event={event} />
          <div className="post-head">
            <Byline author={event.organizer} fallback="Organizer unavailable">
              Organizer
            </Byline>
            {viewer && viewer.id !== event.organizer?.id && (
              <ReportButton subjectId={event.id} subject="this event" />
            )}
            {event.viewerCanCheckIn && (
              <Link href={`/events/${event.id}/check-in`} className="button">
                Check-in
              </Link>
            )}
          </div>
          <Markdown>{event.description}</Markdown>
          <Tags tags={event.tags} />
        </article>
        <RegistrationPanel event={event} />
        <section className="event-posts" aria-labelledby="event-posts-title">
          <h2 id="event-posts-title">Posts about this event</h2>
          {event.posts ? (
            event.posts.nodes.length === 0 ? (
              <p className="quiet">No posts yet.</p>
            ) : (
              <ol className="feed">
                {event.posts.nodes.map((post) => (
                  <li key={post.id}>
                    <PostCard post={post} />
                  </li>
                ))}
              </ol>
            )
          ) : (
            <ErrorMessage title="Posts are unavailable" error={error} onRetry={() => refetch()} />
          )}
        </section>
      </div>
    </Page>
  )
}
