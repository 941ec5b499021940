import type { OperationVariables, TypedDocumentNode } from '@apollo/client'
import { skipToken, useSubscription } from '@apollo/client/react'
import { useEffect, useEffectEvent, useState } from 'react'

const reconnectDelayMs = 5_000

interface LiveUpdateOptions<Data, Variables extends OperationVariables> {
  /** Undefined: does not subscribe. */
  variables: Variables | undefined
  onData?: (data: Data) => void
  /** Fetches the shown data again, since events may be missing. */
  refetch: () => unknown
}

/**
 * Subscribes as long as the screen is open. Apollo Client writes each payload into its cache, which updates the screen. The
 * link resumes after a lost connection; when it cannot, this subscribes again and reads the screen again.
 *
 * @returns whether updates are arriving
 */
export function useLiveUpdates<Data, Variables extends OperationVariables>(
  document: TypedDocumentNode<Data, Variables>,
  { variables, onData, refetch }: LiveUpdateOptions<Data, Variables>,
): boolean {
  const [isInterrupted, setInterrupted] = useState(false)
  const { restart } = useSubscription(
    document as TypedDocumentNode<Data, OperationVariables>,
    variables === undefined
      ? skipToken
      : {
          variables,
          onData: ({ data }) => {
            if (data.data) onData?.(data.data)
          },
          onError: () => setInterrupted(true),
        },
  )
  const subscribeAgain = useEffectEvent(() => {
    setInterrupted(false)
    restart()
    refetch()
  })
  useEffect(() => {
    if (!isInterrupted) return
    const timer = setTimeout(subscribeAgain, reconnectDelayMs)
    return () => clearTimeout(timer)
  }, [isInterrupted])
  return !isInterrupted
}
