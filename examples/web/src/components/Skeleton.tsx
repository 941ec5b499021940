/** Placeholders in the shape of a list, while it is loading. */
export function ListSkeleton({ rows = 4, label }: { rows?: number; label: string }) {
  return (
    <div role="status" className="skeleton-list">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton-row card" aria-hidden="true">
          <span className="skeleton skeleton-line" style={{ '--width': '40%' }} />
          <span className="skeleton skeleton-title" style={{ '--width': `${85 - ((row * 13) % 30)}%` }} />
          <span className="skeleton skeleton-line" />
          <span className="skeleton skeleton-line" style={{ '--width': '75%' }} />
        </div>
      ))}
    </div>
  )
}

/** The placeholder of a whole screen. */
export function ScreenSkeleton() {
  return (
    <div className="page">
      <ListSkeleton rows={2} label="Loading the page" />
    </div>
  )
}
