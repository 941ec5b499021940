import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { changeEmail } from './Mutation/changeEmail'
import { changePassword } from './Mutation/changePassword'
import { deleteAccount } from './Mutation/deleteAccount'
import { refreshSession } from './Mutation/refreshSession'
import { requestPasswordReset } from './Mutation/requestPasswordReset'
import { resetPassword } from './Mutation/resetPassword'
import { revokeSession } from './Mutation/revokeSession'
import { sendEmailVerification } from './Mutation/sendEmailVerification'
import { setUserRole } from './Mutation/setUserRole'
import { signIn } from './Mutation/signIn'
import { signOut } from './Mutation/signOut'
import { signUp } from './Mutation/signUp'
import { suspendUser } from './Mutation/suspendUser'
import { unsuspendUser } from './Mutation/unsuspendUser'
import { updateProfile } from './Mutation/updateProfile'
import { verifyEmail } from './Mutation/verifyEmail'
import { Query } from './Query'
import { User } from './User'

export const resolvers: Resolvers = {
  Query,
  Mutation: {
    changeEmail,
    changePassword,
    deleteAccount,
    refreshSession,
    requestPasswordReset,
    resetPassword,
    revokeSession,
    sendEmailVerification,
    setUserRole,
    signIn,
    signOut,
    signUp,
    suspendUser,
    unsuspendUser,
    updateProfile,
    verifyEmail,
  },
  User,
}

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  changeEmail: 'own',
  changePassword: 'own',
  deleteAccount: 'own',
  refreshSession: 'own',
  requestPasswordReset: 'own',
  resetPassword: 'own',
  revokeSession: 'own',
  sendEmailVerification: 'own',
  setUserRole: 'moderate',
  signIn: 'own',
  signOut: 'own',
  signUp: 'own',
  suspendUser: 'moderate',
  unsuspendUser: 'moderate',
  updateProfile: 'change',
  verifyEmail: 'own',
}
