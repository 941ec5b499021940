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
  // Events of earlier versions, and of requests that are not traced, have none.
  traceparent: z.string().optional(),
})

/** Serializes an event for storage. As JSON, field names need no escaping in any engine. */
export const serializeDomainEvent = ({
  id,
  type,
  entity,
  sequence,
  at,
  data,
  traceparent,
}: DomainEvent): string => JSON.stringify({ id, type, entity, sequence, at, data, traceparent })

/** Serializes the data of an event alone. */
export const serializeEventData = (data: DomainEvent['data']): string => JSON.stringify(data)

/** @throws SyntaxError, ZodError for text that is no JSON object */
export const parseEventData = (text: string): DomainEvent['data'] => dataShape.parse(JSON.parse(text))

/** @throws SyntaxError, ZodError for text that is no event */
export const parseDomainEvent = (text: string): DomainEvent => eventShape.parse(JSON.parse(text))

/** Returns how long ago an event happened, in seconds. */
export const readAge = ({ at }: Pick<DomainEvent, 'at'>): number =>
  Math.max(0, (new Date().getTime() - new Date(at).getTime()) / 1000)
