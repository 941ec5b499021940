import { RegisterForEventDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

import { Form } from '../../components/form/Form.tsx'
import { readNumber } from '../../components/form/readText.ts'
import { GuestsField } from './GuestsField.tsx'
import type { EventOfPage } from './RegistrationPanel.tsx'

export function RegisterForm({ event }: { event: EventOfPage }) {
  const [register] = useMutation(RegisterForEventDocument)
  const isFull = event.seatsLeft === 0
  return (
    <Form
      submit={isFull ? 'Join the waitlist' : 'Register'}
      onSubmit={async (values) => {
        const guestCount = readNumber(values, 'guestCount') ?? 0
        const { data, error } = await register({ variables: { input: { eventId: event.id, guestCount } } })
        return { userErrors: data?.registerForEvent?.userErrors, error }
      }}
    >
      {event.maxGuests > 0 && <GuestsField maxGuests={event.maxGuests} />}
    </Form>
  )
}
