import { useState } from 'react'
import { Link, useLocation } from 'wouter'

import { agora } from '../../api/client.ts'
import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { AccountCard } from './AccountCard.tsx'
import { MailSent } from './MailSent.tsx'

export default function SignUpScreen() {
  const { begin } = useSession()
  const [, navigate] = useLocation()
  const [email, setEmail] = useState<string>()

  if (email !== undefined) {
    return (
      <MailSent title="Verify your address">
        Open the link in the mail to {email} to complete your account.
      </MailSent>
    )
  }
  return (
    <Page title="Create an account" size="narrow">
      <AccountCard>
        <Form
          submit="Create account"
          onSubmit={async (values) => {
            const input = {
              displayName: readText(values, 'displayName'),
              handle: readText(values, 'handle'),
              email: readText(values, 'email'),
              password: readText(values, 'password'),
            }
            const payload = await agora.signUp(input)
            if (payload?.session) {
              await begin()
              navigate('/')
            } else if (payload?.userErrors.length === 0) {
              // With EMAIL_VERIFICATION=required the account is created once the address is verified.
              setEmail(input.email)
            }
            return { userErrors: payload?.userErrors }
          }}
        >
          <TextField name="displayName" label="Name" autoComplete="name" required />
          <TextField
            name="handle"
            label="Handle"
            autoComplete="nickname"
            autoCapitalize="none"
            spellCheck={false}
            hint="3 to 30 letters, digits or underscores. Others mention you with it."
            required
          />
          <TextField name="email" label="Email" type="email" autoComplete="email" required />
          <TextField
            name="password"
            label="Password"
            type="password"
            autoComplete="new-password"
            hint="At least 8 characters."
            required
          />
        </Form>
        <p className="account-links">
          <span>
            Already here? <Link href="/sign-in">Sign in</Link>
          </span>
        </p>
      </AccountCard>
    </Page>
  )
}
