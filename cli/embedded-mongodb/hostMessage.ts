import { z } from 'zod'

/**
 * The message that the host process sends to its parent once, over IPC: it is ready, another process holds the data
 * directory (`holder`: its process ID, if known), its disk is full (`message` for the operator), or the engine could not be
 * opened for another reason.
 */
export const hostMessageSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('ready') }),
  z.object({ phase: z.literal('held'), holder: z.number().optional() }),
  z.object({ phase: z.literal('diskFull'), message: z.string() }),
  z.object({ phase: z.literal('failed'), reason: z.string() }),
])

export type HostMessage = z.infer<typeof hostMessageSchema>
