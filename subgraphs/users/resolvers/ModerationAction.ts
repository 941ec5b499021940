import type { ModerationActionResolvers } from '../__generated__/resolvers'
import { findSubject } from './Subject'

export const ModerationAction = {
  __resolveReference: ({ id }, { service }) => service.moderationActionReference(id),
  moderator: ({ moderatorId }, _, { service }) =>
    moderatorId === null ? null : service.userReference(moderatorId),
  subject: ({ subjectId }, _, context) => findSubject(subjectId, context),
} satisfies ModerationActionResolvers
