import { SuspendUserDocument, type AuthorFragment } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { announce } from '../../components/announce.ts'
import { DialogButton } from '../../components/DialogButton.tsx'
import { SelectField, TextAreaField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readNumber, readText } from '../../components/form/readText.ts'

const dayMs = 86_400_000

/** Opens a dialog to suspend the author of the reported subject: suspended people can read, but not write. */
export function SuspendButton({ user }: { user: AuthorFragment }) {
  const [suspend] = useMutation(SuspendUserDocument)
  const [isSuspended, setSuspended] = useState(false)
  if (isSuspended) return <span className="quiet">{user.displayName} is suspended</span>
  return (
    <DialogButton
      label={`Suspend @${user.handle}`}
      className="button button-quiet"
      title={`Suspend ${user.displayName}`}
    >
      {(close) => (
        <Form
          submit="Suspend"
          isDangerous
          onSubmit={async (values) => {
            const days = readNumber(values, 'days')
            const until = days === undefined ? null : new Date(Date.now() + days * dayMs).toISOString()
            const input = { userId: user.id, reason: readText(values, 'reason'), until }
            const { data, error } = await suspend({ variables: { input } })
            if (data?.suspendUser?.user) {
              close()
              setSuspended(true)
              announce(`${user.displayName} was suspended.`)
            }
            return { userErrors: data?.suspendUser?.userErrors, error }
          }}
          onCancel={close}
        >
          <SelectField name="days" label="For" defaultValue="7">
            <option value="1">One day</option>
            <option value="7">One week</option>
            <option value="30">30 days</option>
            <option value="">Without an end</option>
          </SelectField>
          <TextAreaField
            name="reason"
            label="Reason"
            hint="For the user, and for other moderators."
            required
          />
        </Form>
      )}
    </DialogButton>
  )
}
