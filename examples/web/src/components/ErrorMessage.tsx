import { describeError } from '../api/errors.ts'
import { StateMessage } from './StateMessage.tsx'

interface ErrorMessageProps {
  title: string
  error: unknown
  onRetry?: () => unknown
}

/** Says why content is missing, and offers to load it again. */
export function ErrorMessage({ title, error, onRetry }: ErrorMessageProps) {
  return (
    <StateMessage title={title} role="alert">
      <p>{describeError(error)}</p>
      {onRetry && (
        <button type="button" className="button" onClick={() => void onRetry()}>
          Try again
        </button>
      )}
    </StateMessage>
  )
}
