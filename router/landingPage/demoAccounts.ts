/** A demo account that developers sign in with by a click. */
export interface DemoAccount {
  handle: string
  displayName: string
  email: string
  password: string
}

const describeAccount = (handle: string, displayName: string): DemoAccount => ({
  handle,
  displayName,
  email: `${handle}@agora.example`,
  password: 'welcome to the agora',
})

/** Accounts of the demo community, with its published password: an organizer, a member, the moderator, the administrator. */
export const demoAccounts: readonly DemoAccount[] = [
  describeAccount('luc', 'Luc Moreau'),
  describeAccount('noor', 'Noor Haddad'),
  describeAccount('tomas', 'Tomás Ferreira (moderator)'),
  describeAccount('ada', 'Ada Lindqvist (administrator)'),
]
