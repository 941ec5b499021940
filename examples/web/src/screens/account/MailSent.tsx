import type { ReactNode } from 'react'

import { Page } from '../../layout/Page.tsx'
import { AccountCard } from './AccountCard.tsx'

/** Asks to look for a mail. */
export function MailSent({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Page title={title} size="narrow">
      <AccountCard>
        <p role="status">{children}</p>
        <p className="quiet">Nothing there? Look in the spam folder, or try again in a minute.</p>
      </AccountCard>
    </Page>
  )
}
