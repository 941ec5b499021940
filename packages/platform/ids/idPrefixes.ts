/** The prefix of the IDs of each type that implements Node. Clients may rely on it. */
export const idPrefixes = {
  User: 'usr',
  Event: 'evt',
  Registration: 'reg',
  Post: 'pst',
  Comment: 'cmt',
} as const

/** The types with IDs. */
export type IdType = keyof typeof idPrefixes
