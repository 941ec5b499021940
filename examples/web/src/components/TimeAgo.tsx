import { formatDateTime, formatTimeAgo } from './formatTime.ts'

/** An instant relative to now, with the exact time as its tooltip. */
export function TimeAgo({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatDateTime(at)}>
      {formatTimeAgo(at)}
    </time>
  )
}
