import { Link, useLocation, useSearchParams } from 'wouter'

import { agora } from '../../api/client.ts'
import { announce } from '../../components/announce.ts'
import { TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readText } from '../../components/form/readText.ts'
import { StateMessage } from '../../components/StateMessage.tsx'
import { Page } from '../../layout/Page.tsx'
import { useSession } from '../../session/session.ts'
import { AccountCard } from './AccountCard.tsx'

/** The page that the link of the mail opens: sets the password and signs in. */
export default function ResetPasswordScreen() {
  const { begin } = useSession()
  const [, navigate] = useLocation()
  const [parameters] = useSearchParams()
  const token = parameters.get('token')

  return (
    <Page title="Choose a new password" size="narrow">
      {token === null ? (
        <StateMessage title="This link is incomplete">
          <Link href="/forgot-password" className="button">
            Request a new link
          </Link>
        </StateMessage>
      ) : (
        <AccountCard>
          <Form
            submit="Set the password"
            onSubmit={async (values) => {
              const newPassword = readText(values, 'newPassword')
              const payload = await agora.resetPassword({ token, newPassword })
              if (payload?.userErrors.length === 0) {
                await begin()
                navigate('/')
                announce('Your password was changed.')
              }
              return { userErrors: payload?.userErrors }
            }}
          >
            <TextField
              name="newPassword"
              label="New password"
              type="password"
              autoComplete="new-password"
              hint="At least 8 characters. All other sessions end."
              required
            />
          </Form>
          <p className="account-links">
            <Link href="/forgot-password">Request a new link</Link>
          </p>
        </AccountCard>
      )}
    </Page>
  )
}
