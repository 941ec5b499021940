import { RequestPasswordResetDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { Page } from '../../layout/Page.tsx'
import { AccountCard } from './AccountCard.tsx'
import { MailSent } from './MailSent.tsx'

export default function ForgotPasswordScreen() {
  const [requestReset] = useMutation(RequestPasswordResetDocument)
  const [email, setEmail] = useState<string>()

  if (email !== undefined) {
    return (
      <MailSent title="Look into your mail">
        If {email} has an account, it receives a link to choose a new password. The link is valid for one
        hour.
      </MailSent>
    )
  }
  return (
    <Page title="Choose a new password" size="narrow">
      <AccountCard>
        <Form
          submit="Send the link"
          onSubmit={async (values) => {
            const address = readText(values, 'email')
            const { data, error } = await requestReset({ variables: { input: { email: address } } })
            const userErrors = data?.requestPasswordReset?.userErrors
            if (userErrors?.length === 0) setEmail(address)
            return { userErrors, error }
          }}
        >
          <TextField
            name="email"
            label="Email"
            type="email"
            autoComplete="email"
            hint="We send you a link to choose a new password."
            required
          />
        </Form>
      </AccountCard>
    </Page>
  )
}
