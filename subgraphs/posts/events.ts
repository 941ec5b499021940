import { z } from 'zod'

import type { Peer } from '../shared/peer'

const visibleEvent = {
  document: 'query ($id: ID!) { event(id: $id) { id } }',
  data: z.object({ event: z.object({ id: z.string() }).nullable() }),
}

/**
 * Whether there is such an event that shows to the viewer.
 *
 * @param viewerToken the viewer header of the request under way
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function showsEvent(events: Peer, eventId: string, viewerToken: string): Promise<boolean> {
  const { event } = await events.ask(visibleEvent, { id: eventId }, viewerToken)
  return event !== null
}
