import { startIdentityProvider, type TestIdentityProvider } from '../../../support/identityProvider'
import { waitUntil } from '../../../support/processes'
import { startSmtpSink, type SmtpSink } from '../../../support/smtpSink'
import { startUsers, type TestUsers } from '../support'
import { createSignInSteps, redirectUri } from './support'

let sink: SmtpSink
let issuer: TestIdentityProvider
let users: TestUsers
let steps: ReturnType<typeof createSignInSteps>
beforeAll(async () => {
  sink = await startSmtpSink()
  issuer = await startIdentityProvider('example', [redirectUri])
  users = await startUsers({
    identityProviders: [issuer.settings],
    redirectUris: [redirectUri],
    mailDelivery: { kind: 'smtp', url: sink.url, from: 'agora@agora.example', appUrl: 'https://app.example' },
  })
  steps = createSignInSteps(users, issuer)
})
afterAll(async () => {
  await users.close()
  await issuer.stop()
  await sink.stop()
})

const subject = /Example was linked to your account at app\.example/

it('mails the owner of a verified address when an identity was linked, by the viewer or by the address', async () => {
  const stored = users.connection.collection<{ _id: string }>('users')
  const [linking, signingIn, unverified] = [await users.signUp(), await users.signUp(), await users.signUp()]
  const verified = { $in: [linking.id, signingIn.id] }
  await stored.updateMany({ _id: verified }, { $set: { emailVerifiedAt: new Date() } })
  await steps.signIn('unverified', { viewer: unverified.viewer })

  await steps.signIn('linking', { viewer: linking.viewer })
  const mail = await sink.waitForMail(linking.email, subject)
  expect(mail.source).toContain('https://app.example/forgot-password')

  await issuer.setPerson('same-address', { email: signingIn.email, email_verified: true })
  expect(await steps.signIn('same-address')).toMatchObject({ user: { id: signingIn.id }, isNewUser: false })
  await sink.waitForMail(signingIn.email, subject)

  // A sign-in with a linked identity, and a new account, are no reason for a mail.
  await steps.signIn('same-address')
  await issuer.setPerson('new', { email: 'new@example.org', email_verified: true })
  expect(await steps.signIn('new')).toMatchObject({ isNewUser: true })
  await waitUntil('all mails are recorded', async () => {
    const recorded = (await users.readCollection('mails')).filter(({ outcome }) => outcome === 'sent')
    return recorded.length === sink.mails.length
  })
  const addresses = sink.mails.filter(({ headers }) => subject.test(headers.get('subject') ?? ''))
  expect(addresses.flatMap(({ to }) => to).sort()).toEqual([linking.email, signingIn.email].sort())
})
