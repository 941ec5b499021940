import type { ReportReason } from '@agora/client/apollo'

export const reportReasons: Readonly<Record<ReportReason, string>> = {
  SPAM: 'Spam',
  HARASSMENT: 'Harassment',
  HATE: 'Hate',
  VIOLENCE: 'Violence',
  SEXUAL: 'Sexual content',
  MISINFORMATION: 'Misinformation',
  IMPERSONATION: 'Impersonation',
  OTHER: 'Something else',
}
