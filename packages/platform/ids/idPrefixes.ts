/** How the IDs of each type that implements Node begin, before the underscore. Clients may rely on it. */
export const idPrefixes = {
  User: 'usr',
  Event: 'evt',
  Registration: 'reg',
  Post: 'pst',
  Comment: 'cmt',
} as const

/** The types whose instances have an ID of their own. */
export type IdType = keyof typeof idPrefixes
