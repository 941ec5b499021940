import type { EventPageQuery } from '@agora/client/apollo'
import { useEffect, useRef } from 'react'
import { Link } from 'wouter'

import { announce } from '../../components/announce.ts'
import { useSession } from '../../session/session.ts'
import { describeSeats, hasEnded } from './describeEvent.ts'
import { RegisterForm } from './RegisterForm.tsx'
import { SeatMeter } from './SeatMeter.tsx'
import { YourRegistration } from './YourRegistration.tsx'

export type EventOfPage = NonNullable<EventPageQuery['event']>

/** The live seats, and the viewer's registration or the form for one. */
export function RegistrationPanel({ event }: { event: EventOfPage }) {
  useSeatAnnouncements(event)
  return (
    <aside className="card registration" aria-labelledby="registration-title">
      <h2 id="registration-title">Registration</h2>
      <SeatMeter event={event} />
      <RegistrationState event={event} />
    </aside>
  )
}

function RegistrationState({ event }: { event: EventOfPage }) {
  const { isSignedIn } = useSession()
  const registration = event.viewerRegistration
  if (registration && registration.status !== 'CANCELLED')
    return <YourRegistration event={event} registration={registration} />
  if (event.status === 'CANCELLED') return <p className="quiet">The event does not take place.</p>
  if (hasEnded(event)) return <p className="quiet">The event is over.</p>
  if (!isSignedIn) {
    return (
      <p>
        <Link href="/sign-in">Sign in</Link> to register.
      </p>
    )
  }
  if (!event.viewerCanRegister) return <p className="quiet">You cannot register at the moment.</p>
  return <RegisterForm event={event} />
}

/** Announces changes of the seats and of the viewer's own registration. */
function useSeatAnnouncements(event: EventOfPage) {
  const seats = describeSeats(event)
  const status = event.viewerRegistration?.status
  const previous = useRef({ seats, status })
  useEffect(() => {
    if (status === 'CONFIRMED' && previous.current.status === 'WAITLISTED')
      announce('You are no longer waiting: your registration is confirmed.')
    else if (seats !== previous.current.seats) announce(seats)
    previous.current = { seats, status }
  }, [seats, status])
}
