import { useEffect, useState } from 'react'

import { onAnnouncement } from './announce.ts'

/** The region whose changes a screen reader says. It must exist before its first text. */
export function LiveRegion() {
  const [message, setMessage] = useState('')
  useEffect(() => onAnnouncement(setMessage), [])
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {message}
    </div>
  )
}
