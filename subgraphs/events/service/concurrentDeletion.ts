import { accountNotFound } from '../../../packages/platform/errors'
import type { Event } from '../domain/event'
import type { EventsServiceDependencies } from './dependencies'

/**
 * For what was written in somebody's name: the account may have gone while that was under way, and whoever tidies up after
 * it may have come too early to see it. It is then taken back.
 *
 * @param event an event that was made
 * @throws UNAUTHENTICATED
 */
export async function undoWritesOfDeletedUser(
  userId: string,
  { repository, isUserDeleted }: Pick<EventsServiceDependencies, 'repository' | 'isUserDeleted'>,
  event?: Event,
): Promise<void> {
  if (!(await isUserDeleted(userId))) return
  if (event) await repository.undoEventInsertion(event)
  await repository.removeUserReferences([{ id: userId, deletionRequestedAt: null }])
  throw accountNotFound()
}
