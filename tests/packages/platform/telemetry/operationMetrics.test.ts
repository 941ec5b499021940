import { createMetricsRegistry } from '../../../../packages/platform/telemetry/metrics'
import { createOperationMetrics } from '../../../../packages/platform/telemetry/operationMetrics'
import { checkMetrics, hasPromtool } from '../../../support/promtool'

it('counts operations by name and type, and their errors by code', async () => {
  const registry = createMetricsRegistry()
  const metrics = createOperationMetrics(registry)
  metrics.forOperation('Home', 'query', true).observeDuration(0.004)
  metrics.forOperation('Home', 'query', true).observeDuration(0.006)
  metrics.forOperation(undefined, 'mutation', true).observeDuration(0.1)
  metrics.forOperation('Home', 'query', true).countError('SUBGRAPH_TIMEOUT')
  metrics.unknown.countError('GRAPHQL_PARSE_FAILED')
  const text = await registry.metrics()
  for (const line of [
    'graphql_operation_duration_seconds_count{graphql_operation_name="Home",graphql_operation_type="query"} 2',
    'graphql_operation_duration_seconds_count{graphql_operation_name="anonymous",graphql_operation_type="mutation"} 1',
    'graphql_operation_errors_total{graphql_operation_name="Home",error_type="SUBGRAPH_TIMEOUT"} 1',
    'graphql_operation_errors_total{graphql_operation_name="unknown",error_type="GRAPHQL_PARSE_FAILED"} 1',
  ])
    expect(text).toContain(`\n${line}\n`)
  if (hasPromtool) expect(checkMetrics(text)).toBe('')
})

it('counts the operations beyond the first 200 names together', async () => {
  const registry = createMetricsRegistry()
  const metrics = createOperationMetrics(registry)
  for (let index = 0; index < 300; index++)
    metrics.forOperation(`Operation${index}`, 'query', true).observeDuration(0.001)
  const text = await registry.metrics()
  const counts = text
    .split('\n')
    .filter((line) => line.startsWith('graphql_operation_duration_seconds_count'))
  expect(counts).toHaveLength(201)
  expect(counts).toContain(
    'graphql_operation_duration_seconds_count{graphql_operation_name="other",graphql_operation_type="query"} 100',
  )
})

it('leaves labels to signed-in viewers and trusted documents when other clients make names up', async () => {
  const registry = createMetricsRegistry()
  const metrics = createOperationMetrics(registry)
  for (let index = 0; index < 300; index++)
    metrics.forOperation(`MadeUp${index}`, 'query', false).observeDuration(0.001)
  metrics.forOperation('Home', 'query', false).observeDuration(0.001)
  metrics.forOperation('Home', 'query', true).observeDuration(0.001)
  metrics.forOperation('Home', 'query', false).observeDuration(0.001)
  const text = await registry.metrics()
  expect(text.match(/duration_seconds_count\{graphql_operation_name="MadeUp/g)).toHaveLength(100)
  for (const line of [
    'graphql_operation_duration_seconds_count{graphql_operation_name="other",graphql_operation_type="query"} 201',
    'graphql_operation_duration_seconds_count{graphql_operation_name="Home",graphql_operation_type="query"} 2',
  ])
    expect(text).toContain(`\n${line}\n`)
})
