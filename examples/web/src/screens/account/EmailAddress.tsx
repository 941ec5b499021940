import { SendEmailVerificationDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'

import { describeError } from '../../api/errors.ts'
import { AccountCard } from './AccountCard.tsx'

interface EmailAddressProps {
  email: string | null
  verifiedAt: string | null
}

export function EmailAddress({ email, verifiedAt }: EmailAddressProps) {
  const [sendVerification, { data, error }] = useMutation(SendEmailVerificationDocument)
  const isSent = data?.sendEmailVerification?.userErrors.length === 0
  if (email === null) return null
  return (
    <AccountCard title="Email">
      <p>
        {email} <span className="quiet">{verifiedAt ? 'verified' : 'not verified'}</span>
      </p>
      {!verifiedAt && (
        <button
          type="button"
          className="button"
          disabled={isSent}
          onClick={() => void sendVerification({ variables: { input: { email } } })}
        >
          {isSent ? 'Mail sent' : 'Send the verification mail again'}
        </button>
      )}
      <div role="alert">{error && <p className="form-error">{describeError(error)}</p>}</div>
    </AccountCard>
  )
}
