import { Link, useLocation } from 'wouter'

import { Icon, type IconName } from '../components/Icon.tsx'

interface NavLinkProps {
  href: string
  icon: IconName
  label: string
  /** Added to the name for screen readers, and shown as a badge. */
  count?: number
}

export function NavLink({ href, icon, label, count = 0 }: NavLinkProps) {
  const [path] = useLocation()
  const isCurrent = href === '/' ? path === '/' : path.startsWith(href)
  return (
    <Link href={href} className="nav-link" aria-current={isCurrent ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{label}</span>
      {count > 0 && (
        <span className="badge">
          {count > 99 ? '99+' : count}
          <span className="visually-hidden"> unread</span>
        </span>
      )}
    </Link>
  )
}
