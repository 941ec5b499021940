import { accountNotFound, mutationRejected } from '../../../packages/platform'
import { requireSignedIn } from '../../../packages/auth'
import { resolveEventVisibility } from '../domain/eventVisibility'
import type { PostsServiceDependencies } from './dependencies'

const eventNotFound = () => mutationRejected('NOT_FOUND', 'eventId', 'There is no such event.')

/**
 * Requires that an event exists and is visible to the viewer. Queries the events subgraph only when the projection
 * cannot decide.
 *
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT; MutationRejectedError with NOT_FOUND
 */
export async function requireVisibleEvent(
  { viewer, findProjectedEvent, fetchEventVisibility }: PostsServiceDependencies,
  id: string,
): Promise<void> {
  switch (resolveEventVisibility(viewer, await findProjectedEvent(id))) {
    case 'visible':
      return
    case 'deleted':
      throw eventNotFound()
    case 'unknown':
      if (!(await fetchEventVisibility(id))) throw eventNotFound()
  }
}

/**
 * Returns the error for a viewer's account or an event that was deleted while a post was written: its cascade may have run
 * before the post was stored.
 */
export async function findConcurrentDeletion(
  { viewer, isUserDeleted, findProjectedEvent }: PostsServiceDependencies,
  eventId: string | null,
): Promise<Error | undefined> {
  const [isAccountDeleted, event] = await Promise.all([
    isUserDeleted(requireSignedIn(viewer).id),
    eventId === null ? undefined : findProjectedEvent(eventId),
  ])
  if (isAccountDeleted) return accountNotFound()
  return event === null ? eventNotFound() : undefined
}
