import type { WriteKinds } from '../../shared/rateLimit/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** The kind of write of each mutation, for the limits of shared/rateLimit/writeLimits.ts. */
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
