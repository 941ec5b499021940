import { UpdateRegistrationDocument, type RegistrationFieldsFragment } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

import { announce } from '../../components/announce.ts'
import { DialogButton } from '../../components/DialogButton.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readNumber } from '../../components/form/readText.ts'
import { GuestsField } from './GuestsField.tsx'
import type { EventOfPage } from './RegistrationPanel.tsx'

interface GuestsButtonProps {
  event: EventOfPage
  registration: RegistrationFieldsFragment
}

/** Opens a dialog to change the number of guests. */
export function GuestsButton({ event, registration: { id, guestCount } }: GuestsButtonProps) {
  const [updateRegistration] = useMutation(UpdateRegistrationDocument)
  return (
    <DialogButton label="Change guests" className="button" title="Your guests">
      {(close) => (
        <Form
          submit="Save"
          onSubmit={async (values) => {
            const input = { registrationId: id, guestCount: readNumber(values, 'guestCount') ?? 0 }
            const { data, error } = await updateRegistration({ variables: { input } })
            if (data?.updateRegistration?.registration) {
              close()
              announce('Your registration was changed.')
            }
            return { userErrors: data?.updateRegistration?.userErrors, error }
          }}
          onCancel={close}
        >
          <GuestsField maxGuests={event.maxGuests} guestCount={guestCount} />
        </Form>
      )}
    </DialogButton>
  )
}
