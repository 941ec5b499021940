const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'long' })
const dateTime = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' })
const units: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** Returns, for example, “3 hours ago” or “in 2 days”. */
export function formatTimeAgo(at: string): string {
  const seconds = (Date.parse(at) - Date.now()) / 1000
  const [unit, size] = units.find(([, each]) => Math.abs(seconds) >= each) ?? []
  return unit && size ? relative.format(Math.round(seconds / size), unit) : 'just now'
}

export const formatDateTime = (at: string): string => dateTime.format(new Date(at))

/** Returns a day and time at the place of an event, for example “Saturday, 5 December, 18:00–22:00 CET”. */
export function formatEventTime(startsAt: string, endsAt: string | null, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  })
  return endsAt ? format.formatRange(new Date(startsAt), new Date(endsAt)) : format.format(new Date(startsAt))
}

/** Returns the parts of a date that a calendar sheet shows. */
export function formatCalendarDay(at: string, timeZone: string): { month: string; day: string } {
  const read = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(new Date(at))
  return { month: read({ month: 'short' }), day: read({ day: 'numeric' }) }
}
