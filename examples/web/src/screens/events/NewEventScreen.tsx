import { CreateEventDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'
import { Redirect, useLocation } from 'wouter'

import { TextAreaField, TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import {
  readInstant,
  readNumber,
  readOptionalText,
  readText,
  readWords,
} from '../../components/form/readText.ts'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'

const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()

export default function NewEventScreen() {
  const { isSignedIn, isLoading } = useSession()
  const [, navigate] = useLocation()
  const [createEvent] = useMutation(CreateEventDocument)
  // A repeated submit, after a lost response, creates no second event.
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  if (!isSignedIn && !isLoading) return <Redirect to="/sign-in" replace />
  return (
    <Page title="Organize an event">
      <div className="card">
        <Form
          submit="Publish"
          onSubmit={async (values) => {
            const input = { ...readEvent(values), timeZone, publish: true, idempotencyKey }
            const { data, error } = await createEvent({ variables: { input } })
            const event = data?.createEvent?.event
            // Lists of events are read again when they are shown.
            if (event) navigate(`/events/${event.id}`)
            return { userErrors: data?.createEvent?.userErrors, error }
          }}
        >
          <TextField name="title" label="Title" required />
          <TextAreaField name="description" label="Description" rows={6} hint="Markdown." required />
          <div className="field-row">
            <TextField
              name="startsAt"
              label="Begins"
              type="datetime-local"
              hint={`In your time zone, ${timeZone}.`}
              required
            />
            <TextField name="endsAt" label="Ends" type="datetime-local" hint="Optional." />
          </div>
          <div className="field-row">
            <TextField name="venueName" label="Place" hint="Leave it empty for an online event." />
            <TextField name="city" label="City" />
          </div>
          <div className="field-row">
            <TextField
              name="capacity"
              label="Seats"
              type="number"
              inputMode="numeric"
              min={1}
              hint="Without a limit if empty."
            />
            <TextField
              name="maxGuests"
              label="Guests per person"
              type="number"
              inputMode="numeric"
              min={0}
              defaultValue={5}
            />
          </div>
          <TextField name="tags" label="Tags" hint="Separated by spaces." />
        </Form>
      </div>
    </Page>
  )
}

function readEvent(values: FormData) {
  const venue = { name: readOptionalText(values, 'venueName'), city: readOptionalText(values, 'city') }
  return {
    title: readText(values, 'title'),
    description: readText(values, 'description'),
    // The form is not submitted without it.
    startsAt: readInstant(values, 'startsAt') ?? '',
    endsAt: readInstant(values, 'endsAt'),
    venue: venue.name === null && venue.city === null ? undefined : venue,
    capacity: readNumber(values, 'capacity'),
    maxGuests: readNumber(values, 'maxGuests'),
    tags: readWords(values, 'tags'),
  }
}
