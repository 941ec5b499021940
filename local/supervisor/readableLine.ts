import { z } from 'zod'

const logged = z.looseObject({
  level: z.number(),
  msg: z.string().default(''),
  err: z.object({ message: z.string() }).optional(),
  /** The name of a security event, whose other fields are its details. */
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

/**
 * A line that a part wrote, for people: JSON from its log becomes level and message, and a security event keeps its fields;
 * everything else stays.
 */
export function readableLine(part: string, line: string): string {
  const found = logged.safeParse(asJson(line))
  if (!found.success) return `[${part}] ${line}`
  const { level, msg, err, event, time: _, part: __, ...details } = found.data
  const cause = err && err.message !== msg ? `: ${err.message}` : ''
  const security = event === undefined ? '' : `: ${event} ${JSON.stringify(details)}`
  return `[${part}] ${levels.get(level) ?? level}: ${msg}${cause}${security}`
}

function asJson(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
