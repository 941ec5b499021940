import { accountNotFound } from '../../../packages/platform'
import type { Event } from '../domain/event'
import type { EventsServiceDependencies } from './dependencies'

/**
 * Checks after a write that the user was not deleted in the meantime, and otherwise undoes it: the cascade of the
 * deletion may have run before the write.
 *
 * @param event an event that the user created
 * @throws UNAUTHENTICATED if the user was deleted
 */
export async function undoWritesOfDeletedUser(
  userId: string,
  { repository, deletedUsers }: Pick<EventsServiceDependencies, 'repository' | 'deletedUsers'>,
  event?: Event,
): Promise<void> {
  if (!(await deletedUsers.isDeleted(userId))) return
  if (event) await repository.undoEventInsertion(event)
  await repository.removeUserReferences([{ id: userId, deletionRequestedAt: null }])
  throw accountNotFound()
}
