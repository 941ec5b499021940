export type UserRole = 'MEMBER' | 'MODERATOR' | 'ADMIN'

/** An account as the rest of the subgraph sees it. The password's hash never leaves the repository's sign-in calls. */
export interface User {
  id: string
  handle: string
  displayName: string
  /** As it was typed; unique without regard to case. Null for imported people, who cannot sign in. */
  email: string | null
  bio: string | null
  websiteUrl: string | null
  avatarUrl: string | null
  location: string | null
  role: UserRole
  joinedAt: Date
}
