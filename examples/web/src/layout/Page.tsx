import { useEffect, type ReactNode } from 'react'

interface PageProps {
  title: string
  /** Hides the visible title, when the content has a more prominent one. */
  hidesTitle?: boolean
  /** Beside the title. */
  actions?: ReactNode
  size?: 'narrow' | 'wide'
  children: ReactNode
}

/** The frame of every screen: its title, also that of the window. */
export function Page({ title, hidesTitle = false, actions, size, children }: PageProps) {
  useEffect(() => {
    document.title = title === 'Agora' ? title : `${title} · Agora`
  }, [title])
  return (
    <div className={size ? `page page-${size}` : 'page'}>
      {hidesTitle ? (
        children
      ) : (
        <>
          <div className="page-head">
            <h1>{title}</h1>
            {actions}
          </div>
          {children}
        </>
      )}
    </div>
  )
}
