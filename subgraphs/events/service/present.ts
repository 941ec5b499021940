import { unauthenticated } from '../../shared/errors'
import { requireViewer, type SignedIn } from '../../shared/viewer'
import type { EventsServiceDependencies } from './dependencies'

/**
 * Who asks for a change. An access token outlives its account by some minutes.
 *
 * @throws UNAUTHENTICATED unless somebody is signed in whose account is not known to be gone
 */
export async function requirePresent({
  viewer,
  isGone,
}: Pick<EventsServiceDependencies, 'viewer' | 'isGone'>): Promise<SignedIn> {
  const signedIn = requireViewer(viewer)
  if (await isGone(signedIn.id)) throw accountIsGone()
  return signedIn
}

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
  throw accountIsGone()
}

const accountIsGone = () => unauthenticated('This account is gone.')
