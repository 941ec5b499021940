import type { WriteKinds } from '../../shared/rateLimit/writeLimits'
import type { MutationResolvers } from '../__generated__/resolvers'

/** Which limits of shared/rateLimit/writeLimits.ts each mutation counts for. */
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
