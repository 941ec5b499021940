import { formatCalendarDay } from '../../components/formatTime.ts'

/** A sheet of a calendar. Decorative: the date is also in the text. */
export function CalendarDay({ at, timeZone }: { at: string; timeZone: string }) {
  const { month, day } = formatCalendarDay(at, timeZone)
  return (
    <div className="calendar-day" aria-hidden="true">
      <span className="calendar-month">{month}</span>
      <span className="calendar-date">{day}</span>
    </div>
  )
}
