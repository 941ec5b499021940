import type { NotificationFieldsFragment } from '@agora/client/apollo'
import { Link } from 'wouter'

import { TimeAgo } from '../../components/TimeAgo.tsx'

interface NotificationItemProps {
  notification: NotificationFieldsFragment
  onOpen: () => void
}

export function NotificationItem({ notification, onOpen }: NotificationItemProps) {
  const { text, createdAt, readAt } = notification
  const href = findPage(notification)
  return (
    <li className="row notification" data-unread={readAt === null || undefined}>
      <div>
        <p className="row-title">
          {readAt === null && <span className="visually-hidden">Unread: </span>}
          {href ? (
            <Link href={href} onClick={() => readAt === null && onOpen()}>
              {text}
            </Link>
          ) : (
            text
          )}
        </p>
        <p className="quiet">
          <TimeAgo at={createdAt} />
        </p>
      </div>
    </li>
  )
}

/** Returns the page of the subject; undefined when there is none, or none that the viewer may see. */
function findPage({ subject }: NotificationFieldsFragment): string | undefined {
  switch (subject?.__typename) {
    case 'Event':
      return `/events/${subject.id}`
    case 'Post':
      return `/posts/${subject.id}`
    case 'Comment':
      return subject.post ? `/posts/${subject.post.id}` : undefined
    default:
      return undefined
  }
}
