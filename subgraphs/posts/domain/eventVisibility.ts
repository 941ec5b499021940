import { z } from 'zod'

import type { PeerClient } from '../../../packages/subgraph-kit/peerClient'
import { hasRole, isSelf, type Viewer } from '../../../packages/auth/viewer'

/** What posts know of an event. */
export const projectedEventSchema = z.object({
  status: z.string(),
  /** Absent in events of earlier versions. */
  wasPublished: z.boolean().optional(),
  organizerId: z.string().nullable(),
})
export type ProjectedEvent = z.infer<typeof projectedEventSchema>

/**
 * Whether an event shows to the viewer, by the rule of events.
 *
 * @param known null for one that is gone, undefined for one of which nothing is known
 * @returns undefined where events must be asked
 */
export function resolveEventVisibility(
  viewer: Viewer,
  known: ProjectedEvent | null | undefined,
): boolean | undefined {
  if (known === null) return false
  if (known === undefined) return undefined
  if (known.wasPublished || known.status === 'PUBLISHED') return true
  // It may have been published since this was heard.
  return isSelf(viewer, known.organizerId) || hasRole(viewer, 'ADMIN') || undefined
}

const visibleEvent = {
  document: 'query ($id: ID!) { event(id: $id) { id } }',
  data: z.object({ event: z.object({ id: z.string() }).nullable() }),
}

/**
 * Asks events whether there is such an event that shows to the viewer.
 *
 * @param viewerToken the viewer header of the request under way
 * @throws SUBGRAPH_UNAVAILABLE, SUBGRAPH_TIMEOUT
 */
export async function fetchEventVisibility(
  events: PeerClient,
  eventId: string,
  viewerToken: string,
): Promise<boolean> {
  const { event } = await events.query(visibleEvent, { id: eventId }, viewerToken)
  return event !== null
}
