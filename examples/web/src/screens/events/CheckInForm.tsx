import { CheckInDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { announce } from '../../components/announce.ts'
import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'

/** Checks a ticket in by its code, which a scanner types like a keyboard. */
export function CheckInForm({ eventId }: { eventId: string }) {
  const [checkIn] = useMutation(CheckInDocument)
  const [result, setResult] = useState('')
  return (
    <Form
      submit="Check in"
      resets
      onSubmit={async (values) => {
        setResult('')
        const ticketCode = readText(values, 'ticketCode').trim()
        const { data, error } = await checkIn({ variables: { input: { eventId, ticketCode } } })
        const { registration, alreadyCheckedIn } = data?.checkIn ?? {}
        if (registration) {
          const name = registration.user?.displayName ?? 'The ticket'
          const text = alreadyCheckedIn ? `${name} was already checked in.` : `${name} is checked in.`
          setResult(text)
          announce(text)
        }
        return { userErrors: data?.checkIn?.userErrors, error }
      }}
      actions={result && <span className="quiet">{result}</span>}
    >
      <TextField
        name="ticketCode"
        label="Code of the ticket"
        autoComplete="off"
        spellCheck={false}
        required
      />
    </Form>
  )
}
