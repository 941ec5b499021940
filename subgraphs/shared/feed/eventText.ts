import { z } from 'zod'

import type { FeedEvent } from './feed'

const dataShape = z.record(z.string(), z.json())
const shape = z.object({
  id: z.string(),
  type: z.string(),
  entity: z.string(),
  sequence: z.number(),
  at: z.string(),
  data: dataShape,
})

/** An event as it is kept: as JSON, so that it comes out as it went in, whatever names its fields have. */
export const toText = ({ id, type, entity, sequence, at, data }: FeedEvent): string =>
  JSON.stringify({ id, type, entity, sequence, at, data })

/** The same for an event's data alone. */
export const toDataText = (data: FeedEvent['data']): string => JSON.stringify(data)

/** @throws for what is no JSON object */
export const fromDataText = (text: string): FeedEvent['data'] => dataShape.parse(JSON.parse(text))

/** @throws for what is no event */
export const fromText = (text: string): FeedEvent => shape.parse(JSON.parse(text))
