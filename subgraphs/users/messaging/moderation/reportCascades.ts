import { z } from 'zod'

import { startDurableConsumer, type DomainEvent, type RunningConsumer } from '../../../../packages/event-log'
import type { SubgraphResources } from '../../../../packages/subgraph-kit'
import type { ReportRepository, UserRepository } from '../../repository'

interface ReportCascadesOptions extends Pick<SubgraphResources, 'connection' | 'eventLog'> {
  reports: ReportRepository
  users: Pick<UserRepository, 'usersByIds'>
}

const resolvedShape = z.object({
  type: z.literal('report.resolved'),
  at: z.coerce.date(),
  data: z.object({
    subjectId: z.string(),
    status: z.enum(['RESOLVED', 'DISMISSED']),
    moderatorId: z.string(),
    reason: z.string().nullable(),
    isPrimary: z.literal(true),
  }),
})

/**
 * Creates the consumer that completes changes that span several reports: a resolution applies to all open reports on a
 * subject, also when its process was killed after the first one, and deleted users are removed from their reports.
 */
export function createReportCascades({ reports, users, ...options }: ReportCascadesOptions) {
  let consumer: RunningConsumer | undefined

  async function handleEvent(event: DomainEvent): Promise<void> {
    if (event.type === 'user.deleted') return reports.removeReporters([event.entity])
    const resolved = resolvedShape.safeParse(event).data
    if (!resolved) return
    const { subjectId, status, moderatorId, reason } = resolved.data
    const resolution = { status, moderatorId, reason, at: resolved.at }
    while (await reports.resolveOthers(subjectId, resolution));
  }

  async function rebuild(): Promise<void> {
    for await (const ids of reports.listReporterIds()) {
      const existing = await users.usersByIds(ids)
      await reports.removeReporters(ids.filter((id) => !existing.has(id)))
    }
  }

  return {
    start(): void {
      consumer = startDurableConsumer({
        ...options,
        topic: 'users',
        consumer: 'users.reports',
        async handle(events) {
          for (const event of events) await handleEvent(event)
        },
        rebuild,
      })
    },
    async close(): Promise<void> {
      await consumer?.close()
    },
  }
}
