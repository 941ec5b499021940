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
  const result = await sendInTurn(operation.name, url, bodies, { connections, duration: seconds })
  return { requestsPerSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 }
}

/**
 * Sends bodies in turn, for a duration in seconds or until an amount of requests is reached.
 *
 * @throws Error with the name when a response is not 2xx
 */
export async function sendInTurn(
  name: string,
  url: string,
  bodies: readonly string[],
  limits: Pick<autocannon.Options, 'connections' | 'duration' | 'amount'>,
): Promise<autocannon.Result> {
  const result = await autocannon({
    url,
    ...limits,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: bodies.map((body) => ({ body })),
  })
  const { non2xx, errors, timeouts } = result
  if (non2xx + errors + timeouts > 0)
    throw new Error(`${name}: ${non2xx} responses were not 2xx, ${errors} failed`)
  return result
}

async function requireSuccess(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const result = (await response.json()) as { errors?: unknown }
  if (!response.ok || result.errors) throw new Error(`${body}\nfailed with\n${JSON.stringify(result)}`)
}
