import type { EventCardFragment } from '@agora/client/apollo'
import { Link } from 'wouter'

import { CalendarDay } from './CalendarDay.tsx'
import { EventFacts } from './EventFacts.tsx'
import { describeSeats, hasEnded } from './describeEvent.ts'

export function EventCard({ event }: { event: EventCardFragment }) {
  return (
    <article className="card event-card" data-past={hasEnded(event) || undefined}>
      <CalendarDay at={event.startsAt} timeZone={event.timeZone} />
      <div>
        <h2 className="event-card-title">
          <Link href={`/events/${event.id}`} className="card-link">
            {event.title}
          </Link>
        </h2>
        <EventFacts event={event} />
        <p className="event-card-seats">{describeSeats(event)}</p>
      </div>
    </article>
  )
}
