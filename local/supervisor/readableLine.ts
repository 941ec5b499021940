import { z } from 'zod'

const logged = z.object({
  level: z.number(),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
  /** Which security event. */
  event: z.string().optional(),
})

const levels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warning'],
  [50, 'error'],
  [60, 'fatal'],
])

/** A line that a part wrote, for people: JSON from its log becomes level and message, everything else stays. */
export function readableLine(part: string, line: string): string {
  const found = logged.safeParse(asJson(line))
  if (!found.success) return `[${part}] ${line}`
  const { level, msg, err, event } = found.data
  const detail = event ?? err?.message
  const suffix = detail !== undefined && detail !== msg ? `: ${detail}` : ''
  return `[${part}] ${levels.get(level) ?? level}: ${msg}${suffix}`
}

function asJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
