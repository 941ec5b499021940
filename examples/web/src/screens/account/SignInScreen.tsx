import { Link, useLocation } from 'wouter'

import { agora } from '../../api/client.ts'
import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { AccountCard } from './AccountCard.tsx'

export default function SignInScreen() {
  const { begin } = useSession()
  const [, navigate] = useLocation()
  return (
    <Page title="Sign in" size="narrow">
      <AccountCard>
        <Form
          submit="Sign in"
          onSubmit={async (values) => {
            const payload = await agora.signIn({
              email: readText(values, 'email'),
              password: readText(values, 'password'),
            })
            if (payload?.session) {
              await begin()
              navigate('/')
            }
            return { userErrors: payload?.userErrors }
          }}
        >
          <TextField name="email" label="Email" type="email" autoComplete="username" required />
          <TextField
            name="password"
            label="Password"
            type="password"
            autoComplete="current-password"
            required
          />
        </Form>
        <p className="account-links">
          <Link href="/forgot-password">Forgot your password?</Link>
          <Link href="/sign-up">Create an account</Link>
        </p>
      </AccountCard>
    </Page>
  )
}
