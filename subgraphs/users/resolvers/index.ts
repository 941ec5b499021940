import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { changeEmail } from './Mutation/changeEmail'
import { changePassword } from './Mutation/changePassword'
import { completeIdentitySignIn } from './Mutation/completeIdentitySignIn'
import { deleteAccount } from './Mutation/deleteAccount'
import { markNotificationsRead } from './Mutation/markNotificationsRead'
import { removeContentOf } from './Mutation/removeContentOf'
import { report } from './Mutation/report'
import { resolveReport } from './Mutation/resolveReport'
import { refreshSession } from './Mutation/refreshSession'
import { requestPasswordReset } from './Mutation/requestPasswordReset'
import { resetPassword } from './Mutation/resetPassword'
import { revokeSession } from './Mutation/revokeSession'
import { sendEmailVerification } from './Mutation/sendEmailVerification'
import { setUserRole } from './Mutation/setUserRole'
import { signIn } from './Mutation/signIn'
import { signOut } from './Mutation/signOut'
import { signUp } from './Mutation/signUp'
import { startIdentitySignIn } from './Mutation/startIdentitySignIn'
import { unlinkIdentity } from './Mutation/unlinkIdentity'
import { suspendUser } from './Mutation/suspendUser'
import { unsuspendUser } from './Mutation/unsuspendUser'
import { updateNotificationSettings } from './Mutation/updateNotificationSettings'
import { updateProfile } from './Mutation/updateProfile'
import { verifyEmail } from './Mutation/verifyEmail'
import { Notification } from './Notification'
import { Query } from './Query'
import { Subscription } from './Subscription'
import { ModerationAction } from './ModerationAction'
import { Report } from './Report'
import { Subject } from './Subject'
import { User } from './User'

export const resolvers: Resolvers = {
  Query,
  Mutation: {
    changeEmail,
    changePassword,
    completeIdentitySignIn,
    deleteAccount,
    markNotificationsRead,
    refreshSession,
    removeContentOf,
    report,
    resolveReport,
    requestPasswordReset,
    resetPassword,
    revokeSession,
    sendEmailVerification,
    setUserRole,
    signIn,
    signOut,
    signUp,
    startIdentitySignIn,
    unlinkIdentity,
    suspendUser,
    unsuspendUser,
    updateNotificationSettings,
    updateProfile,
    verifyEmail,
  },
  Subscription,
  Notification,
  User,
  Report,
  ModerationAction,
  Subject,
}

/** The kind of write of each mutation, which selects its rate limit. */
export const writeKinds: WriteKinds<keyof MutationResolvers> = {
  changeEmail: 'own',
  changePassword: 'own',
  completeIdentitySignIn: 'own',
  deleteAccount: 'own',
  markNotificationsRead: 'account',
  refreshSession: 'own',
  removeContentOf: 'moderate',
  report: 'reply',
  resolveReport: 'moderate',
  requestPasswordReset: 'own',
  resetPassword: 'own',
  revokeSession: 'own',
  sendEmailVerification: 'own',
  setUserRole: 'moderate',
  signIn: 'own',
  signOut: 'own',
  signUp: 'own',
  startIdentitySignIn: 'own',
  unlinkIdentity: 'account',
  suspendUser: 'moderate',
  unsuspendUser: 'moderate',
  updateNotificationSettings: 'account',
  updateProfile: 'change',
  verifyEmail: 'own',
}
