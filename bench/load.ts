import autocannon from 'autocannon'
import { Pool } from 'undici'

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
  const { non2xx, errors, timeouts } = result
  if (non2xx + errors + timeouts > 0)
    throw new Error(`${operation.name}: ${non2xx} responses were not 2xx, ${errors} failed`)
  return { requestsPerSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 }
}

/** Sends requests to a server over connections that stay open. */
export interface Load {
  /**
   * Sends an amount of requests, as many at once as there are connections, and waits for all responses.
   *
   * @returns the time of each request, in milliseconds
   * @throws Error when a response is not 2xx
   */
  send(amount: number): Promise<number[]>
  /** Returns how many requests were sent in all. */
  countSent(): number
  close(): Promise<void>
}

/** A request of a load. */
export interface LoadRequest {
  body: string
  headers?: Record<string, string>
}

/**
 * Creates a load of requests in turn. autocannon would open all connections again for each `send`, and ends an amount of requests
 * at full seconds only.
 */
export function createLoad(
  url: string,
  requests: readonly (LoadRequest | string)[],
  connections: number,
): Load {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections })
  let sent = 0

  async function sendNext(): Promise<number> {
    const startedAt = performance.now()
    const next = requests[sent++ % requests.length] ?? ''
    const { body, headers: own }: LoadRequest = typeof next === 'string' ? { body: next } : next
    const headers = { 'content-type': 'application/json', ...own }
    const response = await pool.request({ path, method: 'POST', headers, body })
    await response.body.dump({ limit: Infinity })
    if (response.statusCode !== 200) throw new Error(`A response has status ${response.statusCode}: ${body}`)
    return performance.now() - startedAt
  }

  return {
    async send(amount) {
      const times: number[] = []
      let left = amount
      const work = async () => {
        while (left-- > 0) times.push(await sendNext())
      }
      await Promise.all(Array.from({ length: connections }, work))
      return times
    },
    countSent: () => sent,
    close: () => pool.close(),
  }
}

async function requireSuccess(url: string, body: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const result = (await response.json()) as { errors?: unknown }
  if (!response.ok || result.errors) throw new Error(`${body}\nfailed with\n${JSON.stringify(result)}`)
}
