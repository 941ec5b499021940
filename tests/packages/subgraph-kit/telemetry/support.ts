import { createViewerSigner, viewerHeader } from '../../../../packages/auth/viewerToken'
import type { Viewer } from '../../../../packages/auth/viewer'
import { routerSecret } from '../../../support/subgraph'

const sign = createViewerSigner(routerSecret)

/** Sends an operation as the router does, with further headers. */
export async function sendOperation(
  { url }: { url: string },
  query: string,
  variables: object,
  viewer: Viewer,
  headers: Record<string, string> = {},
): Promise<{ data: unknown; errors?: unknown[] }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [viewerHeader]: sign({ viewer, address: '192.0.2.1' }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  })
  return (await response.json()) as { data: unknown; errors?: unknown[] }
}

/** Reads the page of metrics. */
export async function readMetrics({ url }: { url: string }): Promise<string> {
  return (await fetch(new URL('/metrics', url))).text()
}

/** Returns the sum of a metric's values whose line contains all of these texts; undefined without any. */
export function sumMetric(page: string, name: string, ...texts: string[]): number | undefined {
  const values = page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => texts.every((text) => line.includes(text)))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))))
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}
