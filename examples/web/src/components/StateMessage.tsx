import type { ReactNode } from 'react'

interface StateMessageProps {
  title: string
  role?: 'alert' | 'status'
  children?: ReactNode
}

/** Stands in the place of content: nothing there yet, or not to be had. */
export function StateMessage({ title, role, children }: StateMessageProps) {
  return (
    <div className="state-message" role={role}>
      <p className="state-title">{title}</p>
      {children}
    </div>
  )
}
