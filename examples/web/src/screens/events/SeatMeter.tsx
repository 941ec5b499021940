import { describeSeats, hasEnded } from './describeEvent.ts'
import type { EventOfPage } from './RegistrationPanel.tsx'

/** The seats as a text, and as a bar when they are limited. */
export function SeatMeter({ event }: { event: EventOfPage }) {
  const { capacity, seatsTaken, waitlistCount } = event
  const isLive = event.status === 'PUBLISHED' && !hasEnded(event)
  return (
    <div className="seats">
      <p className="seats-text">
        {describeSeats(event)}
        {isLive && <span className="live">Live</span>}
      </p>
      {capacity !== null && (
        <meter
          className="seat-meter"
          min={0}
          max={capacity}
          value={seatsTaken}
          aria-label={`${seatsTaken} of ${capacity} seats taken`}
        />
      )}
      {capacity !== null && (
        <p className="seats-details">
          {seatsTaken} taken{waitlistCount > 0 && `, ${waitlistCount} on the waitlist`}
        </p>
      )}
    </div>
  )
}
