import { accountNotFound, mutationRejected } from '../../../packages/platform/errors'
import { requireSignedIn } from '../../../packages/auth/viewer'
import { resolveEventVisibility, fetchEventVisibility } from '../domain/eventVisibility'
import type { PostsServiceDependencies } from './dependencies'

const noSuchEvent = () => mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')

/**
 * Events are asked only where what is known of the event does not say enough.
 *
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; Refused with NOT_FOUND
 */
export async function requireVisibleEvent(
  { viewer, viewerToken, events, eventProjection }: PostsServiceDependencies,
  id: string,
): Promise<void> {
  const shows =
    resolveEventVisibility(viewer, await eventProjection.find(id)) ??
    (await fetchEventVisibility(events, id, viewerToken))
  if (!shows) throw noSuchEvent()
}

/**
 * What is to be answered because the viewer's account, or the event, went while a post was written: what its end brought
 * with it may have been done before the post was there.
 */
export async function findConcurrentDeletion(
  { viewer, deletedUsers, eventProjection }: PostsServiceDependencies,
  eventId: string | null,
): Promise<Error | undefined> {
  const [accountIsGone, event] = await Promise.all([
    deletedUsers.isDeleted(requireSignedIn(viewer).id),
    eventId === null ? undefined : eventProjection.find(eventId),
  ])
  if (accountIsGone) return accountNotFound()
  return event === null ? noSuchEvent() : undefined
}
