import { z } from 'zod'

/**
 * What the host process tells its parent over IPC, once: it serves, another process has the data folder (with that
 * process's id where it can be told), or the engine did not open for another reason.
 */
export const hostMessageSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('ready') }),
  z.object({ phase: z.literal('held'), holder: z.number().optional() }),
  z.object({ phase: z.literal('failed'), reason: z.string() }),
])

export type HostMessage = z.infer<typeof hostMessageSchema>
