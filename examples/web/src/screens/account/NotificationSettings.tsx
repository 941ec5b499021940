import {
  NotificationSettingsDocument,
  UpdateNotificationSettingsDocument,
  type NotificationChannel,
  type NotificationType,
} from '@agora/client/apollo'
import { useMutation, useQuery } from '@apollo/client/react'
import { Link } from 'wouter'

import { announce } from '../../components/announce.ts'
import { ErrorMessage } from '../../components/ErrorMessage.tsx'
import { Form } from '../../components/form/Form.tsx'
import { ListSkeleton } from '../../components/Skeleton.tsx'
import { AccountCard } from './AccountCard.tsx'

const channels: [channel: NotificationChannel, label: string][] = [
  ['INBOX', 'Inbox'],
  ['EMAIL', 'Mail'],
]

/** The types that this application knows. Others keep their channels. */
const labels: Partial<Record<NotificationType, string>> = {
  REPLY: 'Replies to your comments',
  MENTION: 'Mentions of you',
  COMMENT_ON_POST: 'Comments on your posts',
  WAITLIST_PROMOTED: 'A seat from the waitlist',
  EVENT_CHANGED: 'Changes of your events',
  EVENT_CANCELLED: 'Cancelled events',
  EVENT_REMINDER: 'Reminders of your events',
  EVENT_ANNOUNCEMENT: 'Messages of organizers',
  REPORT_RESOLVED: 'Decisions on your reports',
  CONTENT_REMOVED: 'Decisions on what you wrote',
  ROLE_CHANGED: 'Changes of your role',
}

/** The channels of each type of notification. */
export function NotificationSettings() {
  const { data, error, loading, refetch } = useQuery(NotificationSettingsDocument)
  const [update, { data: updated }] = useMutation(UpdateNotificationSettingsDocument)
  const settings = data?.viewer?.notificationSettings?.filter(({ type }) => labels[type] !== undefined)
  if (!settings) {
    return loading ? (
      <ListSkeleton rows={1} label="Loading your settings" />
    ) : (
      <ErrorMessage title="Your settings are unavailable" error={error} onRetry={() => refetch()} />
    )
  }
  return (
    <AccountCard title="How you are notified">
      {data?.viewer?.emailVerifiedAt === null && (
        <p className="quiet">
          Mails are sent to verified addresses only. Confirm yours in your{' '}
          <Link href="/account">profile</Link>.
        </p>
      )}
      <Form
        submit="Save"
        onSubmit={async (values) => {
          const input = {
            settings: settings.map(({ type }) => ({
              type,
              channels: values.getAll(type) as NotificationChannel[],
            })),
          }
          const result = await update({ variables: { input } })
          const payload = result.data?.updateNotificationSettings
          if (payload?.user) announce('Your settings were saved.')
          return { userErrors: payload?.userErrors, error: result.error }
        }}
        actions={updated?.updateNotificationSettings?.user && <span className="quiet">Saved</span>}
      >
        <table className="settings">
          <thead>
            <tr>
              <th scope="col">Notification</th>
              {channels.map(([channel, label]) => (
                <th key={channel} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {settings.map((setting) => (
              <tr key={setting.type}>
                <th scope="row">{labels[setting.type]}</th>
                {channels.map(([channel, label]) => (
                  <td key={channel}>
                    <label className="checkbox">
                      <input
                        type="checkbox"
                        name={setting.type}
                        value={channel}
                        defaultChecked={setting.channels.includes(channel)}
                      />
                      <span className="visually-hidden">
                        {labels[setting.type]}: {label}
                      </span>
                    </label>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Form>
    </AccountCard>
  )
}
