import autocannon from 'autocannon'

import type { BenchOperation } from './operations'

export interface LoadFigures {
  requestsPerSecond: number
  /** Milliseconds. */
  p50Ms: number
  p99Ms: number
}

/**
 * Asks one operation over and over, its variables in turn, from a bounded number of connections for a bounded time.
 *
 * @throws when any answer is not 200, or a first answer to each of the variables carries errors
 */
export async function measureLoad(
  url: string,
  operation: BenchOperation,
  { connections = 20, seconds = 10 }: { connections?: number; seconds?: number } = {},
): Promise<LoadFigures> {
  const bodies = operation.variables.map((variables) =>
    JSON.stringify({ query: operation.document, variables }),
  )
  for (const body of bodies.slice(0, 50)) await requireAnswer(url, body)
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: bodies.map((body) => ({ body })),
  })
  if (result.non2xx + result.errors + result.timeouts > 0) {
    throw new Error(`${operation.name}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`)
  }
  return { requestsPerSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 }
}

async function requireAnswer(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const answer = (await response.json()) as { errors?: unknown }
  if (!response.ok || answer.errors) throw new Error(`${body}\nwas answered with\n${JSON.stringify(answer)}`)
}
