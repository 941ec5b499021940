import { NotificationAddedDocument, ViewerDocument } from '@agora/client/apollo'
import { useApolloClient } from '@apollo/client/react'

import { useLiveUpdates } from '../api/useLiveUpdates.ts'
import { announce } from '../components/announce.ts'
import { useSession } from '../session/session.ts'
import { NavLink } from './NavLink.tsx'

/** The link to the notifications, with the live number of unread ones. */
export function NotificationsLink() {
  const { viewer } = useSession()
  const apollo = useApolloClient()
  useLiveUpdates(NotificationAddedDocument, {
    variables: {},
    onData: ({ notificationAdded }) => {
      const notification = notificationAdded?.notification
      if (!notification) return
      announce(`New notification: ${notification.text}`)
      // The list, if it is open.
      void apollo.refetchQueries({
        include: 'active',
        onQueryUpdated: ({ queryName }) => queryName === 'Notifications',
      })
    },
    refetch: () => apollo.query({ query: ViewerDocument, fetchPolicy: 'network-only' }),
  })
  return (
    <NavLink
      href="/account/notifications"
      icon="bell"
      label="Notifications"
      count={viewer?.unreadNotificationCount ?? 0}
    />
  )
}
