import { z } from 'zod'

import type { DomainEvent } from './eventLog'

const dataShape = z.record(z.string(), z.json())
const eventShape = z.object({
  id: z.string(),
  type: z.string(),
  entity: z.string(),
  sequence: z.number(),
  at: z.string(),
  data: dataShape,
})

/** Serializes an event for storage. As JSON, field names need no escaping in any engine. */
export const serializeDomainEvent = ({ id, type, entity, sequence, at, data }: DomainEvent): string =>
  JSON.stringify({ id, type, entity, sequence, at, data })

/** Serializes the data of an event alone. */
export const serializeEventData = (data: DomainEvent['data']): string => JSON.stringify(data)

/** @throws SyntaxError, ZodError for text that is no JSON object */
export const parseEventData = (text: string): DomainEvent['data'] => dataShape.parse(JSON.parse(text))

/** @throws SyntaxError, ZodError for text that is no event */
export const parseDomainEvent = (text: string): DomainEvent => eventShape.parse(JSON.parse(text))
