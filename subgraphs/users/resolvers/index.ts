import type { WriteKinds } from '../../../packages/subgraph-kit'
import type { MutationResolvers, Resolvers } from '../__generated__/resolvers'
import { changePassword } from './Mutation/changePassword'
import { deleteAccount } from './Mutation/deleteAccount'
import { markNotificationsRead } from './Mutation/markNotificationsRead'
import { removeContentOf } from './Mutation/removeContentOf'
import { report } from './Mutation/report'
import { resolveReport } from './Mutation/resolveReport'
import { refreshSession } from './Mutation/refreshSession'
import { setUserRole } from './Mutation/setUserRole'
import { signIn } from './Mutation/signIn'
import { signOut } from './Mutation/signOut'
import { signUp } from './Mutation/signUp'
import { suspendUser } from './Mutation/suspendUser'
import { unsuspendUser } from './Mutation/unsuspendUser'
import { updateNotificationSettings } from './Mutation/updateNotificationSettings'
import { updateProfile } from './Mutation/updateProfile'
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
    changePassword,
    deleteAccount,
    markNotificationsRead,
    refreshSession,
    removeContentOf,
    report,
    resolveReport,
    setUserRole,
    signIn,
    signOut,
    signUp,
    suspendUser,
    unsuspendUser,
    updateNotificationSettings,
    updateProfile,
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
  changePassword: 'own',
  deleteAccount: 'own',
  markNotificationsRead: 'change',
  refreshSession: 'own',
  removeContentOf: 'moderate',
  report: 'reply',
  resolveReport: 'moderate',
  setUserRole: 'moderate',
  signIn: 'own',
  signOut: 'own',
  signUp: 'own',
  suspendUser: 'moderate',
  unsuspendUser: 'moderate',
  updateNotificationSettings: 'change',
  updateProfile: 'change',
}
