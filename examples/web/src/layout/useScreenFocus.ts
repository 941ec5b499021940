import { useEffect, useRef, type RefObject } from 'react'
import { useLocation } from 'wouter'

/**
 * Moves the focus to the content and the page to its top after a navigation, so that a screen reader announces the new screen and
 * the next Tab is on it. The browser itself restores the position after Back.
 */
export function useScreenFocus(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null)
  const [path] = useLocation()
  const previousPath = useRef(path)
  const wentBack = useRef(false)

  useEffect(() => {
    const noteBack = () => {
      wentBack.current = true
    }
    window.addEventListener('popstate', noteBack)
    return () => window.removeEventListener('popstate', noteBack)
  }, [])

  useEffect(() => {
    if (previousPath.current === path) return
    previousPath.current = path
    main.current?.focus({ preventScroll: true })
    if (!wentBack.current) window.scrollTo(0, 0)
    wentBack.current = false
  }, [path])

  return main
}
