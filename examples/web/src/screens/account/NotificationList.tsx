import { MarkNotificationsReadDocument, NotificationsDocument } from '@agora/client/apollo'
import { useMutation, useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { LoadMore } from '../../components/LoadMore.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { StateMessage } from '../../components/StateMessage.tsx'
import { NotificationItem } from './NotificationItem.tsx'

export function NotificationList() {
  const { data, error, loading, refetch, fetchMore } = useQuery(NotificationsDocument, {
    variables: { first: 20 },
    fetchPolicy: 'cache-and-network',
  })
  const [markRead] = useMutation(MarkNotificationsReadDocument)
  const notifications = data?.viewer?.notifications
  if (!notifications) {
    return loading ? (
      <ListSkeleton rows={3} label="Loading your notifications" />
    ) : (
      <ErrorMessage title="Your notifications are unavailable" error={error} onRetry={() => refetch()} />
    )
  }
  const newest = notifications.nodes[0]
  if (!newest) {
    return (
      <StateMessage title="Nothing new">
        <p>Replies, mentions and news of your events appear here.</p>
        <SettingsLink />
      </StateMessage>
    )
  }

  async function markAllRead(upTo: string) {
    await markRead({ variables: { input: { upTo } } })
    await refetch()
  }

  return (
    <>
      <div className="list-actions">
        {(data.viewer?.unreadNotificationCount ?? 0) > 0 && (
          <button type="button" className="button" onClick={() => void markAllRead(newest.id)}>
            Mark all as read
          </button>
        )}
        <SettingsLink />
      </div>
      <ul className="rows card">
        {notifications.nodes.map((notification) => (
          <NotificationItem
            key={notification.id}
            notification={notification}
            onOpen={() => void markRead({ variables: { input: { ids: [notification.id] } } })}
          />
        ))}
      </ul>
      {notifications.pageInfo.hasNextPage && (
        <LoadMore
          label="Load older notifications"
          after={notifications.pageInfo.endCursor}
          onLoad={(after) => fetchMore({ variables: { after } })}
        />
      )}
    </>
  )
}

const SettingsLink = () => (
  <Link href="/account/notifications/settings" className="button button-quiet">
    Settings
  </Link>
)
