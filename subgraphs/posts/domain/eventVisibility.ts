import { z } from 'zod'

import { hasRole, isSelf, type Viewer } from '../../../packages/auth'

/** The projected fields of an event. */
export const projectedEventSchema = z.object({
  status: z.string(),
  /** Absent in events of earlier versions. */
  wasPublished: z.boolean().optional(),
  organizerId: z.string().nullable(),
})
export type ProjectedEvent = z.infer<typeof projectedEventSchema>

/** Whether an event is visible to a viewer; unknown when only the events subgraph can decide. */
type EventVisibility = 'visible' | 'deleted' | 'unknown'

/**
 * Applies the visibility rule of the events subgraph to the projection.
 *
 * @param event null when deleted, undefined when not projected
 */
export function resolveEventVisibility(
  viewer: Viewer,
  event: ProjectedEvent | null | undefined,
): EventVisibility {
  if (event === null) return 'deleted'
  if (event === undefined) return 'unknown'
  const isPublic = event.wasPublished === true || event.status === 'PUBLISHED'
  if (isPublic || isSelf(viewer, event.organizerId) || hasRole(viewer, 'ADMIN')) return 'visible'
  // The projection is eventually consistent: the event may have been published in the meantime.
  return 'unknown'
}
