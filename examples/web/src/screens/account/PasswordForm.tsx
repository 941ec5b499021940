import { useState } from 'react'

import { agora } from '../../api/client.ts'
import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { AccountCard } from './AccountCard.tsx'

export function PasswordForm() {
  const [isChanged, setChanged] = useState(false)
  return (
    <AccountCard title="Password">
      <Form
        submit="Change password"
        resets
        onSubmit={async (values) => {
          setChanged(false)
          const payload = await agora.changePassword({
            currentPassword: readText(values, 'currentPassword'),
            newPassword: readText(values, 'newPassword'),
          })
          setChanged(payload?.userErrors.length === 0)
          return { userErrors: payload?.userErrors }
        }}
        actions={
          <span className="quiet" role="status">
            {isChanged && 'Password changed'}
          </span>
        }
      >
        <TextField
          name="currentPassword"
          label="Current password"
          type="password"
          autoComplete="current-password"
          required
        />
        <TextField
          name="newPassword"
          label="New password"
          type="password"
          autoComplete="new-password"
          hint="At least 8 characters. All other sessions end."
          required
        />
      </Form>
    </AccountCard>
  )
}
