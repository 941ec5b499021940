import { useEffect, useRef, useState } from 'react'

interface LoadMoreProps {
  label: string
  onLoad: () => Promise<unknown>
  /** Loads by itself when it scrolls into view. */
  isAutomatic?: boolean
}

/** Loads the next page of a list. The button also works with a keyboard, and when the automatic load has failed. */
export function LoadMore({ label, onLoad, isAutomatic = false }: LoadMoreProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [isLoading, setLoading] = useState(false)

  async function load() {
    if (isLoading) return
    setLoading(true)
    try {
      await onLoad()
    } finally {
      setLoading(false)
    }
  }

  useEffect(() => {
    if (!isAutomatic || isLoading || !button.current) return
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) button.current?.click()
      },
      { rootMargin: '600px' },
    )
    observer.observe(button.current)
    return () => observer.disconnect()
  }, [isAutomatic, isLoading])

  return (
    <div className="load-more">
      <button
        ref={button}
        type="button"
        className="button button-quiet"
        aria-disabled={isLoading}
        onClick={() => void load()}
      >
        {isLoading ? 'Loading …' : label}
      </button>
    </div>
  )
}
