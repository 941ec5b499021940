import { z } from 'zod'

import type { FeedEvent } from './feed'

const shape = z.object({
  id: z.string(),
  type: z.string(),
  entity: z.string(),
  sequence: z.number(),
  at: z.string(),
  data: z.record(z.string(), z.json()),
})

/** An event as both engines keep it: as JSON, so that it comes out as it went in, whatever names its fields have. */
export const toText = ({ id, type, entity, sequence, at, data }: FeedEvent): string =>
  JSON.stringify({ id, type, entity, sequence, at, data })

/** @throws for what is no event */
export const fromText = (text: string): FeedEvent => shape.parse(JSON.parse(text))
