import { Link } from 'wouter'

import { StateMessage } from '../components/StateMessage.tsx'
import { Page } from './Page.tsx'

interface NotFoundScreenProps {
  title?: string
  children?: string
}

export function NotFoundScreen({ title = 'Page not found', children }: NotFoundScreenProps) {
  return (
    <Page title={title}>
      <StateMessage title="There is nothing here">
        <p>{children ?? 'The address may be mistyped, or the page was removed.'}</p>
        <Link href="/" className="button">
          Back to the feed
        </Link>
      </StateMessage>
    </Page>
  )
}
