import { z } from 'zod'

import type { DomainEvent } from './eventLog'

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
export const serializeDomainEvent = ({ id, type, entity, sequence, at, data }: DomainEvent): string =>
  JSON.stringify({ id, type, entity, sequence, at, data })

/** The same for an event's data alone. */
export const serializeEventData = (data: DomainEvent['data']): string => JSON.stringify(data)

/** @throws for what is no JSON object */
export const parseEventData = (text: string): DomainEvent['data'] => dataShape.parse(JSON.parse(text))

/** @throws for what is no event */
export const parseDomainEvent = (text: string): DomainEvent => shape.parse(JSON.parse(text))
