import autocannon from 'autocannon'

import type { BenchOperation } from './operations'

interface LoadFigures {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
}

/**
 * Repeats one operation with each of its variables in turn.
 *
 * @throws Error when a response is not 2xx, or the first response to one of the variables has errors
 */
export async function measureLoad(
  url: string,
  operation: BenchOperation,
  { connections = 20, seconds = 10 }: { connections?: number; seconds?: number } = {},
): Promise<LoadFigures> {
  const bodies = operation.variables.map((variables) =>
    JSON.stringify({ query: operation.document, variables }),
  )
  for (const body of bodies.slice(0, 50)) await requireSuccess(url, body)
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: bodies.map((body) => ({ body })),
  })
  if (result.non2xx + result.errors + result.timeouts > 0) {
    throw new Error(`${operation.name}: ${result.non2xx} responses were not 2xx, ${result.errors} failed`)
  }
  return { requestsPerSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 }
}

async function requireSuccess(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const result = (await response.json()) as { errors?: unknown }
  if (!response.ok || result.errors) throw new Error(`${body}\nfailed with\n${JSON.stringify(result)}`)
}
