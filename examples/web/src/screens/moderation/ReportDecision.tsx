import { HideCommentDocument, ResolveReportDocument } from '@agora/client/apollo'
import { useMutation } from '@apollo/client/react'
import { useState } from 'react'

import { describeError } from '../../api/errors.ts'
import { announce } from '../../components/announce.ts'
import type { ReportOfQueue } from './ReportCard.tsx'

interface ReportDecisionProps {
  report: ReportOfQueue
  onResolved: () => unknown
}

/** Decides on a report, and with it on all others about the same subject. */
export function ReportDecision({ report, onResolved }: ReportDecisionProps) {
  const [resolveReport] = useMutation(ResolveReportDocument)
  const [hideComment] = useMutation(HideCommentDocument)
  const [problem, setProblem] = useState<string>()
  const { id: reportId, subject } = report
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
      </div>
      <div role="alert">{problem && <p className="form-error">{problem}</p>}</div>
    </>
  )
}
