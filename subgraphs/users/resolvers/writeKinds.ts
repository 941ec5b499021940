import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers } from '../__generated__/resolvers'

/** Assigns each mutation to a rate limit of packages/subgraph-kit/rate-limits/writeLimits.ts. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  changePassword: 'own',
  deleteAccount: 'own',
  refreshSession: 'own',
  setUserRole: 'moderate',
  signIn: 'own',
  signOut: 'own',
  signUp: 'own',
  updateProfile: 'change',
}
