import { accountGone } from '../../shared/errors'
import type { EventsServiceDependencies } from './dependencies'

/**
 * For what was written in somebody's name: the account may have gone while that was under way, and whoever tidies up after
 * it may have come too early to see it. It is then taken back.
 *
 * @param eventId of an event that was made
 * @throws UNAUTHENTICATED
 */
export async function takeBackIfGone(
  userId: string,
  { repository, isGone }: Pick<EventsServiceDependencies, 'repository' | 'isGone'>,
  eventId?: string,
): Promise<void> {
  if (!(await isGone(userId))) return
  if (eventId !== undefined) await repository.takeBackEvent(eventId)
  await repository.forgetUsers([userId])
  throw accountGone()
}
