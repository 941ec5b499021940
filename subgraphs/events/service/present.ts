import { accountGone } from '../../shared/errors'
import type { Event } from '../event'
import type { EventsServiceDependencies } from './dependencies'

/**
 * For what was written in somebody's name: the account may have gone while that was under way, and whoever tidies up after
 * it may have come too early to see it. It is then taken back.
 *
 * @param event an event that was made
 * @throws UNAUTHENTICATED
 */
export async function takeBackIfGone(
  userId: string,
  { repository, isGone }: Pick<EventsServiceDependencies, 'repository' | 'isGone'>,
  event?: Event,
): Promise<void> {
  if (!(await isGone(userId))) return
  if (event) await repository.takeBackEvent(event)
  await repository.forgetUsers([{ id: userId, endedAt: null }])
  throw accountGone()
}
