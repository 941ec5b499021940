import { HideCommentDocument, ResolveReportDocument, type AuthorFragment } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { describeError } from '../../api/errors.ts'
import { announce } from '../../components/announce.ts'
import { useSession } from '../../session/session.ts'
import type { ReportOfQueue } from './ReportCard.tsx'
import { SuspendButton } from './SuspendButton.tsx'

interface ReportDecisionProps {
  report: ReportOfQueue
  onResolved: () => unknown
}

/** Decides on a report, and with it on all others about the same subject. */
export function ReportDecision({ report, onResolved }: ReportDecisionProps) {
  const [resolveReport] = useMutation(ResolveReportDocument)
  const [hideComment] = useMutation(HideCommentDocument)
  const [problem, setProblem] = useState<string>()
  const { viewer } = useSession()
  const { id: reportId, subject } = report
  const author = findAuthor(subject)
  const visibleComment =
    subject?.__typename === 'Comment' && subject.status === 'VISIBLE' ? subject : undefined

  async function resolve(status: 'RESOLVED' | 'DISMISSED') {
    const { data, error } = await resolveReport({ variables: { input: { reportId, status } } })
    const userError = data?.resolveReport?.userErrors[0]
    setProblem(error ? describeError(error) : userError?.message)
    if (error || userError) return
    announce(status === 'RESOLVED' ? 'The report was resolved.' : 'The report was dismissed.')
    await onResolved()
  }

  async function hideAndResolve(commentId: string) {
    const { data, error } = await hideComment({ variables: { input: { commentId } } })
    const userError = data?.hideComment?.userErrors[0]
    setProblem(error ? describeError(error) : userError?.message)
    if (!error && !userError) await resolve('RESOLVED')
  }

  return (
    <>
      <div className="form-actions">
        {visibleComment && (
          <button
            type="button"
            className="button button-primary"
            onClick={() => void hideAndResolve(visibleComment.id)}
          >
            Hide comment
          </button>
        )}
        <button type="button" className="button" onClick={() => void resolve('RESOLVED')}>
          Resolve
        </button>
        <button type="button" className="button button-quiet" onClick={() => void resolve('DISMISSED')}>
          Dismiss
        </button>
        {author && author.id !== viewer?.id && <SuspendButton user={author} />}
      </div>
      <div role="alert">{problem && <p className="form-error">{problem}</p>}</div>
    </>
  )
}

function findAuthor(subject: ReportOfQueue['subject']): AuthorFragment | null {
  switch (subject?.__typename) {
    case 'User':
      return subject
    case 'Event':
      return subject.organizer
    case 'Post':
    case 'Comment':
      return subject.author
    default:
      return null
  }
}
