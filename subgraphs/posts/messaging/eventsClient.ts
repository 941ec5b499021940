import { z } from 'zod'

import type { PeerClient } from '../../../packages/subgraph-kit/peers'

const eventQuery = {
  document: 'query ($id: ID!) { event(id: $id) { id } }',
  data: z.object({ event: z.object({ id: z.string() }).nullable() }),
}

/**
 * Queries the events subgraph whether an event is visible to the viewer.
 *
 * @param viewerToken the viewer token of the current request
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function fetchEventVisibility(
  events: PeerClient,
  eventId: string,
  viewerToken: string,
): Promise<boolean> {
  const { event } = await events.query(eventQuery, { id: eventId }, viewerToken)
  return event !== null
}
