import { VerifyEmailDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { Link, useSearchParams } from 'wouter'

import { Form } from '../../components/form/Form.tsx'
import { Page } from '../../layout/Page.tsx'
import { AccountCard } from './AccountCard.tsx'

/** The page that the link of the mail opens. It waits for a click, since programs that scan mails open links. */
export default function VerifyEmailScreen() {
  const [verify, { data }] = useMutation(VerifyEmailDocument)
  const [parameters] = useSearchParams()
  const token = parameters.get('token') ?? ''
  const isVerified = data?.verifyEmail?.userErrors.length === 0
  return (
    <Page title="Verify your address" size="narrow">
      <AccountCard>
        {isVerified ? (
          <>
            <p role="status">Your address is verified.</p>
            <Link href="/" className="button button-primary">
              Continue to the feed
            </Link>
          </>
        ) : (
          <Form
            submit="Verify address"
            onSubmit={async () => {
              const result = await verify({ variables: { input: { token } } })
              return { userErrors: result.data?.verifyEmail?.userErrors, error: result.error }
            }}
          >
            <p>One click, and this address belongs to your account.</p>
          </Form>
        )}
      </AccountCard>
    </Page>
  )
}
