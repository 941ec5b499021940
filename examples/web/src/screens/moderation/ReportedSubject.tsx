import type { ReactNode } from 'react'
import { Link } from 'wouter'

import type { ReportOfQueue } from './ReportCard.tsx'

/** The subject of a report, with a link to its page. */
export function ReportedSubject({ subject }: Pick<ReportOfQueue, 'subject'>) {
  switch (subject?.__typename) {
    case 'User':
      return (
        <Subject kind="Account">
          {subject.displayName} <span className="quiet">@{subject.handle}</span>
        </Subject>
      )
    case 'Event':
      return (
        <Subject kind="Event">
          <Link href={`/events/${subject.id}`}>{subject.title}</Link>
        </Subject>
      )
    case 'Post':
      return (
        <Subject kind="Post" text={subject.excerpt}>
          <Link href={`/posts/${subject.id}`}>{subject.title}</Link>
        </Subject>
      )
    case 'Comment':
      return (
        <Subject kind="Comment" text={subject.body ?? 'The text was removed.'}>
          {subject.post ? (
            <Link href={`/posts/${subject.post.id}`}>Open the thread</Link>
          ) : (
            'Thread unavailable'
          )}
        </Subject>
      )
    default:
      return <p className="quiet">The subject was removed, or is unavailable at the moment.</p>
  }
}

function Subject({ kind, text, children }: { kind: string; text?: string; children: ReactNode }) {
  return (
    <div className="report-subject">
      <p className="report-kind">{kind}</p>
      <h2>{children}</h2>
      {text && <p>{text}</p>}
    </div>
  )
}
