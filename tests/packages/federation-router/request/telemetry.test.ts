import { createHash } from 'node:crypto'

import { sendText } from '../../../../packages/platform/http/server'
import { startRouter, startShop, type RunningShop } from '../../../support/federation-router/testRouter'
import { startOtlpCollector, type ExportedSpan, type OtlpCollector } from '../../../support/otlpCollector'
import { waitUntil } from '../../../support/processes'
import { checkMetrics, hasPromtool } from '../../../support/promtool'

const library = 'query Library { books { nodes { title author { name } stars } } }'

describe('a router with traces', () => {
  let collector: OtlpCollector
  let shop: RunningShop

  beforeAll(async () => {
    collector = await startOtlpCollector()
    shop = await startShop({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SLOW_MS: '0' })
  })
  afterAll(async () => {
    await shop.close()
    await collector.close()
  })

  /** Returns the log line of a request, which is written after its response. */
  async function readLogLine(requestId: string): Promise<Record<string, unknown> | undefined> {
    const find = () =>
      shop.router.logged.find(
        (line) => line['msg'] === 'Request completed' && line['requestId'] === requestId,
      )
    await waitUntil('the request is logged', () => find() !== undefined)
    return find()
  }

  it('exports one tree of spans for a request, and passes its identity to the subgraphs', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const parent = 'b7ad6b7169203331'
    const headers = { traceparent: `00-${traceId}-${parent}-01`, 'x-request-id': 'trace-test' }
    const { errors } = await shop.router.send(library, { headers })
    expect(errors).toBeUndefined()
    const spans = () => collector.spans.filter((span) => span.traceId === traceId)
    await waitUntil('the request is exported', () =>
      spans().some(({ parentSpanId }) => parentSpanId === parent),
    )
    const byName = new Map(spans().map((span) => [span.name, span]))
    const parentName = (span: ExportedSpan | undefined) =>
      spans().find(({ spanId }) => spanId === span?.parentSpanId)?.name
    expect(byName.get('query Library')).toMatchObject({
      service: 'router',
      parentSpanId: parent,
      kind: 2,
      attributes: {
        'graphql.operation.name': 'Library',
        'graphql.operation.type': 'query',
        'request.id': 'trace-test',
        'http.response.status_code': 200,
      },
    })
    expect([...byName.values()].map((span) => [span.name, parentName(span)])).toEqual(
      expect.arrayContaining([
        ['graphql.validate', 'query Library'],
        ['graphql.plan', 'query Library'],
        ['graphql.execute', 'query Library'],
        ['fetch books', 'graphql.execute'],
        ['fetch people', 'graphql.execute'],
        ['fetch book-reviews', 'graphql.execute'],
      ]),
    )
    const [received] = shop.subgraphs.people.requests
    expect(received?.headers['traceparent']).toBe(`00-${traceId}-${byName.get('fetch people')?.spanId}-01`)
    expect(received?.headers['x-request-id']).toBe('trace-test')
  })

  it('logs a slow operation as a warning, with its name, hash, stages and plan, and without its values', async () => {
    const query = 'query Person($id: ID!) { person(id: $id) { name books { nodes { title } } } }'
    await shop.router.send(query, {
      variables: { id: 'secret-value' },
      headers: { 'x-request-id': 'log-test', authorization: 'Bearer secret-token' },
    })
    const line = await readLogLine('log-test')
    expect(line).toMatchObject({
      level: 40,
      method: 'POST',
      status: 200,
      traceId: expect.stringMatching(/^[\da-f]{32}$/),
      operationType: 'query',
      operationName: 'Person',
      operationHash: createHash('sha256').update(query).digest('hex').slice(0, 16),
      durationMs: expect.any(Number),
      validateMs: expect.any(Number),
      planMs: expect.any(Number),
      executeMs: expect.any(Number),
      fetches: 1,
      plan: 'people -> books at person',
    })
    expect(JSON.stringify(line)).not.toMatch(/secret|127\.0\.0\.1/)
  })

  it('logs the codes of errors, and no operation for an invalid document', async () => {
    await shop.router.send('{ missing }', { headers: { 'x-request-id': 'invalid-test' } })
    const line = await readLogLine('invalid-test')
    expect(line).toMatchObject({ errorCodes: ['GRAPHQL_VALIDATION_FAILED'], fetches: 0 })
    expect(line).not.toHaveProperty('operationName')
  })

  it('replaces a request ID that is not well formed', async () => {
    const { headers } = await shop.router.send(library, { headers: { 'x-request-id': 'two words' } })
    expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  })

  it('marks the span of a failed fetch, and counts it by its kind', async () => {
    shop.subgraphs.people.misbehave((_request, response) => sendText(response, 500, 'broken'))
    await shop.router.send('query Failing { me { name } }')
    shop.subgraphs.people.misbehave(undefined)
    const find = () =>
      collector.spans.find(({ name, status }) => name === 'fetch people' && status.code === 2)
    await waitUntil('the failed fetch is exported', () => find() !== undefined)
    expect(find()?.attributes).toMatchObject({ 'error.type': 'invalid' })
    expect(await shop.router.readMetrics()).toContain(
      'http_client_request_duration_seconds_count{subgraph="people",error_type="invalid"} 1',
    )
  })
})

describe('the metrics of a router', () => {
  let shop: RunningShop

  beforeAll(async () => {
    shop = await startShop({ BREAKER_MIN_FETCHES: '1', MAX_CLIENT_PLANNING_MS: '2000' })
  })
  afterAll(() => shop.close())

  it('count operations, fetches, planning and caches', async () => {
    for (let count = 0; count < 3; count++) await shop.router.send(library)
    await shop.router.send('{ missing }')
    const text = await shop.router.readMetrics()
    for (const line of [
      'graphql_operation_duration_seconds_count{graphql_operation_name="Library",graphql_operation_type="query"} 3',
      'graphql_operation_errors_total{graphql_operation_name="unknown",error_type="GRAPHQL_VALIDATION_FAILED"} 1',
      'http_client_request_duration_seconds_count{subgraph="books",error_type=""} 3',
      'http_server_request_duration_seconds_count{http_request_method="POST",http_route="/graphql",http_response_status_code="200"} 4',
      'router_planning_duration_seconds_count{stage="validate"} 2',
      'router_planning_duration_seconds_count{stage="plan"} 1',
      'router_cache_requests_total{cache="operations",result="hit"} 2',
      'router_cache_requests_total{cache="operations",result="miss"} 2',
      'router_cache_entries{cache="operations"} 1',
      `router_cache_characters{cache="operations"} ${library.length + 1}`,
      'router_circuit_breaker_open{subgraph="books"} 0',
      'router_fetches_active{subgraph="books"} 0',
      'router_subscriptions_active 0',
      'router_supergraph_reloads_total{outcome="success"} 0',
    ])
      expect(text).toContain(`\n${line}\n`)
    if (hasPromtool) expect(checkMetrics(text)).toBe('')
  })

  it('show an open circuit breaker, and so does /health/ready, while the router stays ready', async () => {
    await shop.router.send(library)
    const readReadiness = async () => {
      const response = await fetch(`${shop.router.url}/health/ready`)
      return { status: response.status, body: (await response.json()) as unknown }
    }
    expect(await readReadiness()).toEqual({
      status: 200,
      body: {
        status: 'ready',
        dependencies: { supergraph: 'ok', people: 'ok', books: 'ok', 'book-reviews': 'ok' },
      },
    })
    shop.subgraphs.people.misbehave((_request, response) => sendText(response, 500, 'broken'))
    for (let count = 0; count < 10; count++) await shop.router.send('{ me { name } }')
    const text = await shop.router.readMetrics()
    expect(text).toContain('router_circuit_breaker_open{subgraph="people"} 1')
    expect(text).toContain('router_circuit_breaker_openings_total{subgraph="people"} 1')
    expect(text).toMatch(/^router_fetch_rejected_total\{subgraph="people",reason="circuit_open"\} [1-9]$/m)
    expect(await readReadiness()).toMatchObject({
      status: 200,
      body: { status: 'ready', dependencies: { people: 'down', books: 'ok' } },
    })
    shop.subgraphs.people.misbehave(undefined)
  })

  it('count reloads of the supergraph, and report a failed one as degraded', async () => {
    await expect(shop.router.replaceSupergraph('type Query { x: Int }')).rejects.toThrow()
    expect(await shop.router.readMetrics()).toContain('router_supergraph_reloads_total{outcome="failure"} 1')
    const response = await fetch(`${shop.router.url}/health/ready`)
    expect(await response.json()).toMatchObject({ dependencies: { supergraph: 'degraded' } })
  })
})

it('counts requests that exceed the budget of a client', async () => {
  const router = await startRouter({ TRUSTED_CLIENTS: '', MAX_CLIENT_PLANNING_MS: '1' })
  try {
    expect(await router.readMetrics()).toContain(
      'router_rate_limited_requests_total{budget="planning",scope="client"} 0\n',
    )
    // On a fast machine, too, the first one takes much longer than the client has.
    const fields = Array.from({ length: 20 }, (_, n) => `a${n}: books { nodes { author { name } stars } }`)
    for (let count = 0; count < 3; count++) await router.send(`query Other${count} { ${fields.join(' ')} }`)
    expect(await router.readMetrics()).toContain(
      '\nrouter_rate_limited_requests_total{budget="planning",scope="client"} 2\n',
    )
  } finally {
    await router.close()
  }
})

it('serves no metrics to clients in production', async () => {
  const router = await startRouter({ NODE_ENV: 'production' })
  try {
    expect((await fetch(`${router.url}/metrics`)).status).toBe(404)
  } finally {
    await router.close()
  }
})
