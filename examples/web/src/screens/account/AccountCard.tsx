import type { ReactNode } from 'react'

/** The frame of a form about the account. */
export function AccountCard({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <section className="card account-card">
      {title && <h2>{title}</h2>}
      {children}
    </section>
  )
}
