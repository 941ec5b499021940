import { readSubjectType } from '../domain/moderation/report'
import type { ResolversTypes, SubjectResolvers } from '../__generated__/resolvers'
import type { Context } from '../context'

export const Subject = {
  __resolveType: ({ id }) => readSubjectType(id) ?? null,
} satisfies SubjectResolvers

/** Returns a user, or the reference to an object of another subgraph. */
export async function findSubject(
  id: string,
  { service }: Context,
): Promise<Awaited<ResolversTypes['Subject']> | null> {
  const type = readSubjectType(id)
  if (type === 'User') return service.userReference(id)
  return type ? { __typename: type, id } : null
}
