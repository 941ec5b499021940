import type { EventCardFragment, RegistrationFieldsFragment } from '@agora/client/apollo'
import { encode } from 'uqr'

import { formatEventTime } from '../../components/formatTime.ts'

interface TicketProps {
  event: EventCardFragment
  registration: RegistrationFieldsFragment
}

/** The ticket with the code that is scanned at check-in. */
export function Ticket({ event, registration }: TicketProps) {
  const { ticketCode, guestCount, checkedInAt } = registration
  if (ticketCode === null) return null
  return (
    <section className="ticket" aria-label="Your ticket">
      <QrCode text={ticketCode} />
      <p className="ticket-event">{event.title}</p>
      <p>{formatEventTime(event.startsAt, null, event.timeZone)}</p>
      <p>{guestCount === 0 ? 'Admits 1' : `Admits ${1 + guestCount}`}</p>
      <p className="ticket-code">{ticketCode}</p>
      {checkedInAt && <p className="ticket-used">Checked in</p>}
    </section>
  )
}

function QrCode({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 2 })
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg className="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="QR code of the ticket">
      <path d={path} />
    </svg>
  )
}
