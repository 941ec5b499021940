import type { AuthorFragment } from '@agora/client/apollo'

/** The picture of a user, or the first letter on a colour of their own. */
export function Avatar({ user }: { user: AuthorFragment | null }) {
  if (user?.avatarUrl) return <img className="avatar" src={user.avatarUrl} alt="" loading="lazy" />
  const [initial = '?'] = user?.displayName ?? ''
  return (
    <span className="avatar" style={{ '--hue': user ? computeHue(user.handle) : 60 }} aria-hidden="true">
      {initial.toUpperCase()}
    </span>
  )
}

const computeHue = (text: string) =>
  Array.from(text).reduce((hue, character) => (hue * 31 + (character.codePointAt(0) ?? 0)) % 360, 7)
