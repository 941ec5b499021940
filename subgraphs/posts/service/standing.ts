import { accountGone, refused } from '../../shared/errors'
import { requireViewer } from '../../shared/viewer'
import { knownToShow, showsEvent } from '../events'
import type { PostsServiceDependencies } from './dependencies'

const noSuchEvent = () => refused('NOT_FOUND', 'eventId', 'There is no such event.')

/**
 * Events are asked only where what is known of the event does not say enough.
 *
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; Refused with NOT_FOUND
 */
export async function requireEvent(
  { viewer, viewerToken, events, knownEvents }: PostsServiceDependencies,
  id: string,
): Promise<void> {
  const shows = knownToShow(viewer, await knownEvents.find(id)) ?? (await showsEvent(events, id, viewerToken))
  if (!shows) throw noSuchEvent()
}

/**
 * What is to be answered because the viewer's account, or the event, went while a post was written: what its end brought
 * with it may have been done before the post was there.
 */
export async function goneMeanwhile(
  { viewer, goneUsers, knownEvents }: PostsServiceDependencies,
  eventId: string | null,
): Promise<Error | undefined> {
  const [accountIsGone, event] = await Promise.all([
    goneUsers.isGone(requireViewer(viewer).id),
    eventId === null ? undefined : knownEvents.find(eventId),
  ])
  if (accountIsGone) return accountGone()
  return event === null ? noSuchEvent() : undefined
}
