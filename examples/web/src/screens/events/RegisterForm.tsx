import { RegisterForEventDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import type { EventOfPage } from './RegistrationPanel.tsx'

export function RegisterForm({ event }: { event: EventOfPage }) {
  const [register] = useMutation(RegisterForEventDocument)
  const isFull = event.seatsLeft === 0
  return (
    <Form
      submit={isFull ? 'Join the waitlist' : 'Register'}
      onSubmit={async (values) => {
        const guestCount = Number(readText(values, 'guestCount') || 0)
        const { data, error } = await register({ variables: { input: { eventId: event.id, guestCount } } })
        return { userErrors: data?.registerForEvent?.userErrors, error }
      }}
    >
      {event.maxGuests > 0 && (
        <TextField
          name="guestCount"
          label="Guests you bring"
          type="number"
          inputMode="numeric"
          min={0}
          max={event.maxGuests}
          defaultValue={0}
          hint={`Up to ${event.maxGuests}.`}
        />
      )}
    </Form>
  )
}
