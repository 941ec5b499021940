import type { AuthorFragment } from '@agora/client/apollo'
import type { ReactNode } from 'react'

import { Avatar } from './Avatar.tsx'

interface BylineProps {
  author: AuthorFragment | null
  /** Displayed without an author. */
  fallback?: string
  children?: ReactNode
}

/** The author of something, and when it was written. */
export function Byline({ author, fallback = 'Author unavailable', children }: BylineProps) {
  return (
    <div className="byline">
      <Avatar user={author} />
      <span className="byline-text">
        {author ? (
          <>
            <span className="byline-name">{author.displayName}</span>{' '}
            <span className="byline-handle">@{author.handle}</span>
          </>
        ) : (
          <span className="byline-handle">{fallback}</span>
        )}
        {children && <span className="byline-details">{children}</span>}
      </span>
    </div>
  )
}
