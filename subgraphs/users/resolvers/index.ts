import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { changePassword } from './Mutation/changePassword'
import { deleteAccount } from './Mutation/deleteAccount'
import { refreshSession } from './Mutation/refreshSession'
import { setUserRole } from './Mutation/setUserRole'
import { signIn } from './Mutation/signIn'
import { signOut } from './Mutation/signOut'
import { signUp } from './Mutation/signUp'
import { suspendUser } from './Mutation/suspendUser'
import { unsuspendUser } from './Mutation/unsuspendUser'
import { updateProfile } from './Mutation/updateProfile'
import { Query } from './Query'
import { User } from './User'

export const resolvers: Resolvers = {
  Query,
  Mutation: {
    changePassword,
    deleteAccount,
    refreshSession,
    setUserRole,
    signIn,
    signOut,
    signUp,
    suspendUser,
    unsuspendUser,
    updateProfile,
  },
  User,
}

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  changePassword: 'own',
  deleteAccount: 'own',
  refreshSession: 'own',
  setUserRole: 'moderate',
  signIn: 'own',
  signOut: 'own',
  signUp: 'own',
  suspendUser: 'moderate',
  unsuspendUser: 'moderate',
  updateProfile: 'change',
}
