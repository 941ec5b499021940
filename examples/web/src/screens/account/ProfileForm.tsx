import { SettingsDocument, UpdateProfileDocument } from '@agora/client/apollo'
import { useMutation, useQuery } from '@apollo/client/react'

import { announce } from '../../components/announce.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { TextAreaField, TextField } from '../../components/form/fields.tsx'
import { Form } from '../../components/form/Form.tsx'
import { readOptionalText, readText } from '../../components/form/readText.ts'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { AccountCard } from './AccountCard.tsx'
import { EmailAddress } from './EmailAddress.tsx'

export function ProfileForm() {
  const { data, error, loading, refetch } = useQuery(SettingsDocument)
  const [updateProfile, { data: updated }] = useMutation(UpdateProfileDocument)
  const viewer = data?.viewer

  if (!viewer) {
    return loading ? (
      <ListSkeleton rows={1} label="Loading your profile" />
    ) : (
      <ErrorMessage title="Your profile could not be loaded" error={error} onRetry={() => refetch()} />
    )
  }
  return (
    <>
      <AccountCard>
        <Form
          submit="Save"
          onSubmit={async (values) => {
            const input = {
              displayName: readText(values, 'displayName'),
              handle: readText(values, 'handle'),
              location: readOptionalText(values, 'location'),
              websiteUrl: readOptionalText(values, 'websiteUrl'),
              bio: readOptionalText(values, 'bio'),
            }
            const result = await updateProfile({ variables: { input } })
            if (result.data?.updateProfile?.user) announce('Your profile was saved.')
            return { userErrors: result.data?.updateProfile?.userErrors, error: result.error }
          }}
          actions={updated?.updateProfile?.user && <span className="quiet">Saved</span>}
        >
          <TextField
            name="displayName"
            label="Name"
            autoComplete="name"
            defaultValue={viewer.displayName}
            required
          />
          <TextField
            name="handle"
            label="Handle"
            hint="Your old handle stays reserved for you for 90 days."
            defaultValue={viewer.handle}
            autoCapitalize="none"
            spellCheck={false}
            required
          />
          <TextField name="location" label="Location" defaultValue={viewer.location ?? ''} />
          <TextField
            name="websiteUrl"
            label="Website"
            type="url"
            placeholder="https://"
            defaultValue={viewer.websiteUrl ?? ''}
          />
          <TextAreaField
            name="bio"
            label="About you"
            hint="Markdown."
            rows={4}
            defaultValue={viewer.bio ?? ''}
          />
        </Form>
      </AccountCard>
      <EmailAddress email={viewer.email} verifiedAt={viewer.emailVerifiedAt} />
    </>
  )
}
