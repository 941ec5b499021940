import type { ReportResolvers } from '../__generated__/resolvers'
import { findSubject } from './Subject'

export const Report = {
  __resolveReference: ({ id }, { service }) => service.reportReference(id),
  subject: ({ subjectId }, _, context) => findSubject(subjectId, context),
  reporter: ({ reporterId }, _, { service }) =>
    reporterId === null ? null : service.userReference(reporterId),
  resolver: (report, _, { service }) => service.visibleResolver(report),
  openReportCount: (report, _, { service }) => service.visibleOpenReportCount(report),
} satisfies ReportResolvers
