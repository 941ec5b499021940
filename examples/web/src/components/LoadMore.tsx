import { useEffect, useRef, useState } from 'react'

import { describeError } from '../api/errors.ts'

interface LoadMoreProps {
  label: string
  /** The cursor after which the next page begins. */
  after: string | null
  onLoad: (after: string | null) => Promise<{ error?: unknown }>
  /** Loads by itself when it scrolls into view. */
  isAutomatic?: boolean
}

/** Loads the next page of a list. The button also works with a keyboard, and repeats an attempt that has failed. */
export function LoadMore({ label, after, onLoad, isAutomatic = false }: LoadMoreProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [isLoading, setLoading] = useState(false)
  const [failure, setFailure] = useState<{ after: string | null; error: unknown }>()
  // A page with errors in some of its fields is in the list, and another one follows it.
  const error = failure?.after === after ? failure.error : undefined
  const isWatching = isAutomatic && !isLoading && error === undefined

  async function load() {
    if (isLoading) return
    setLoading(true)
    try {
      const { error } = await onLoad(after)
      setFailure({ after, error })
    } catch (error) {
      setFailure({ after, error })
    } finally {
      setLoading(false)
    }
  }

  useEffect(() => {
    if (!isWatching || !button.current) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) button.current?.click()
      },
      { rootMargin: '600px' },
    )
    observer.observe(button.current)
    return () => observer.disconnect()
  }, [isWatching])

  return (
    <div className="load-more">
      <div role="alert">
        {error !== undefined && !isLoading && <p className="form-error">{describeError(error)}</p>}
      </div>
      <button
        ref={button}
        type="button"
        className="button button-quiet"
        aria-disabled={isLoading}
        onClick={() => void load()}
      >
        {isLoading ? 'Loading …' : error === undefined ? label : 'Try again'}
      </button>
    </div>
  )
}
