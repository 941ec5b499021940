import { RevokeSessionDocument, SessionsDocument } from '@agora/client/apollo'
import { useMutation, useQuery } from '@apollo/client/react'
import { useLocation } from 'wouter'

import { announce } from '../../components/announce.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { TimeAgo } from '../../components/TimeAgo.tsx'
import { useSession } from '../../session/session.ts'
import { AccountCard } from './AccountCard.tsx'
import { describeUserAgent } from './describeUserAgent.ts'

/** Where the viewer is signed in. */
export function SessionList() {
  const { end } = useSession()
  const [, navigate] = useLocation()
  const { data, error, loading, refetch } = useQuery(SessionsDocument, { fetchPolicy: 'cache-and-network' })
  const [revoke] = useMutation(RevokeSessionDocument)
  const sessions = data?.viewer?.sessions

  async function endSession(sessionId: string) {
    const result = await revoke({ variables: { input: { sessionId } } })
    if (result.data?.revokeSession?.revokedSessionId) announce('The session was ended.')
    await refetch()
  }

  return (
    <AccountCard title="Sessions">
      {sessions ? (
        <ul className="rows">
          {sessions.map(({ id, userAgent, network, lastUsedAt, isCurrent }) => (
            <li key={id} className="row">
              <div>
                <p className="row-title">
                  {describeUserAgent(userAgent)}
                  {isCurrent && <span className="chip">This session</span>}
                </p>
                <p className="quiet">
                  {network && `${network} · `}last used <TimeAgo at={lastUsedAt} />
                </p>
              </div>
              {!isCurrent && (
                <button type="button" className="button button-quiet" onClick={() => void endSession(id)}>
                  End<span className="visually-hidden"> the session of {describeUserAgent(userAgent)}</span>
                </button>
              )}
            </li>
          ))}
        </ul>
      ) : loading ? (
        <ListSkeleton rows={1} label="Loading your sessions" />
      ) : (
        <ErrorMessage title="Your sessions could not be loaded" error={error} onRetry={() => refetch()} />
      )}
      <button
        type="button"
        className="button"
        onClick={() => {
          navigate('/')
          end({ everywhere: true }).catch(() => announce('You are signed out on this device only.'))
        }}
      >
        Sign out everywhere
      </button>
    </AccountCard>
  )
}
