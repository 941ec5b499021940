import { CancelRegistrationDocument, type RegistrationFieldsFragment } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { describeError } from '../../api/errors.ts'
import { Icon } from '../../components/Icon.tsx'
import { GuestsButton } from './GuestsButton.tsx'
import { hasEnded } from './describeEvent.ts'
import type { EventOfPage } from './RegistrationPanel.tsx'
import { Ticket } from './Ticket.tsx'

interface YourRegistrationProps {
  event: EventOfPage
  registration: RegistrationFieldsFragment
}

/** The viewer's ticket or place on the waitlist, with a way to give it up. */
export function YourRegistration({ event, registration }: YourRegistrationProps) {
  const [cancel] = useMutation(CancelRegistrationDocument)
  const [problem, setProblem] = useState<string>()
  const { id, status, guestCount, waitlistPosition } = registration
  const isOver = hasEnded(event)

  async function cancelRegistration() {
    const { data, error } = await cancel({ variables: { input: { registrationId: id } } })
    const userError = data?.cancelRegistration?.userErrors[0]
    setProblem(error ? describeError(error) : userError?.message)
  }

  return (
    <div className="your-registration">
      {status === 'CONFIRMED' ? (
        <>
          <p className="registration-state">
            <Icon name="check" />
            {isOver ? 'You were registered' : 'You are going'}
            {guestCount > 0 && `, with ${formatGuests(guestCount)}`}
          </p>
          {registration.ticketCode && <Ticket event={event} registration={registration} />}
        </>
      ) : (
        <p className="registration-state">
          <Icon name="clock" />
          You {isOver ? 'were' : 'are'} on the waitlist
          {waitlistPosition !== null && `, number ${waitlistPosition}`}
        </p>
      )}
      {status === 'WAITLISTED' && !isOver && (
        <p className="quiet">You are confirmed automatically when enough seats become free.</p>
      )}
      {!isOver && (
        <div className="form-actions">
          {(event.maxGuests > 0 || guestCount > 0) && (
            <GuestsButton event={event} registration={registration} />
          )}
          <button type="button" className="button button-quiet" onClick={() => void cancelRegistration()}>
            {status === 'CONFIRMED' ? 'Cancel registration' : 'Leave the waitlist'}
          </button>
        </div>
      )}
      <div role="alert">{problem && <p className="form-error">{problem}</p>}</div>
    </div>
  )
}

const formatGuests = (count: number) => (count === 1 ? '1 guest' : `${count} guests`)
