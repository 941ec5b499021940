import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

import { startOtlpCollector, type ExportedSpan, type OtlpCollector } from '../support/otlpCollector'
import { createTestWorkspace, freePorts, generousTimeouts, waitUntil } from '../support/processes'
import { checkMetrics, hasPromtool } from '../support/promtool'
import { startTestSystem, type TestSystem } from './feed/system'

const parts = ['router', 'users', 'events', 'posts', 'comments']
const query = 'query Front { posts(first: 3) { nodes { title commentCount author { handle } } } }'

const workspace = createTestWorkspace()
let collector: OtlpCollector
let system: TestSystem

beforeAll(async () => {
  collector = await startOtlpCollector()
  workspace.later(() => collector.close())
  system = await startTestSystem(workspace, {
    ...generousTimeouts,
    DEMO: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  })
})
afterAll(() => workspace.cleanUp())

async function sendOperation(headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(system.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  })
  return response.json()
}

test('exports one tree of spans over router, three subgraphs and their database commands', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const client = 'b7ad6b7169203331'
  expect(await sendOperation({ traceparent: `00-${traceId}-${client}-01` })).not.toHaveProperty('errors')
  const spans = () => collector.spans.filter((span) => span.traceId === traceId)
  const findChildren = ({ spanId }: ExportedSpan) => spans().filter((span) => span.parentSpanId === spanId)
  const hasCommand = (span: ExportedSpan): boolean =>
    span.attributes['db.system.name'] === 'mongodb' || findChildren(span).some(hasCommand)
  /** Returns the subgraphs whose handling of a fetch, and its database commands, are part of the tree. */
  const listSubgraphs = () =>
    spans()
      .filter(({ service, name }) => service === 'router' && name.startsWith('fetch '))
      .flatMap((fetch) =>
        findChildren(fetch).filter(({ service }) => fetch.name === `fetch ${String(service)}`),
      )
      .filter(hasCommand)
      .map(({ service }) => service)
  const isKnown = ({ parentSpanId }: ExportedSpan) =>
    parentSpanId === client || spans().some(({ spanId }) => spanId === parentSpanId)
  await waitUntil(
    'the whole tree is exported',
    () =>
      ['posts', 'comments', 'users'].every((name) => listSubgraphs().includes(name)) &&
      spans().every(isKnown),
  )
  const roots = spans().filter(({ parentSpanId }) => parentSpanId === client)
  expect(roots).toMatchObject([
    { service: 'router', name: 'query Front', attributes: { 'graphql.operation.name': 'Front' } },
  ])
})

test('serves metrics that promtool accepts in every process', async () => {
  await sendOperation()
  for (const [offset, part] of parts.entries()) {
    const response = await fetch(`http://127.0.0.1:${system.port + offset}/metrics`)
    const text = await response.text()
    expect(text).toContain('process_cpu_seconds_total')
    if (hasPromtool) expect({ part, problems: checkMetrics(text) }).toEqual({ part, problems: '' })
  }
})

const hasPrometheus = spawnSync('prometheus', ['--version']).error === undefined
const testWithPrometheus = hasPrometheus ? test : test.skip

testWithPrometheus('is scraped by Prometheus', async () => {
  const port = await freePorts(1)
  const folder = workspace.folder()
  const file = join(folder, 'prometheus.yml')
  const jobs = parts.map((part, offset) => ({
    job_name: part,
    static_configs: [{ targets: [`127.0.0.1:${system.port + offset}`] }],
  }))
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: jobs }))
  const prometheus = workspace.run('prometheus', [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  await prometheus.waitForOutput(/Server is ready to receive web requests/)

  const resultShape = z.object({
    data: z.object({
      result: z.array(
        z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) }),
      ),
    }),
  })
  const readValues = async (expression: string): Promise<[string | undefined, number][]> => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`
    const { data } = resultShape.parse(await (await fetch(url)).json())
    return data.result.map(({ metric, value }) => [metric['job'], Number(value[1])])
  }
  await sendOperation()
  const waitForJobs = (expression: string, jobNames: readonly string[]) =>
    waitUntil(expression, async () => {
      const values = new Map(await readValues(expression))
      return jobNames.every((name) => (values.get(name) ?? 0) > 0)
    })
  await waitForJobs('up', parts)
  await waitForJobs('graphql_operation_duration_seconds_count{graphql_operation_name="Front"}', ['router'])
  await waitForJobs('sum by (job) (db_client_operation_duration_seconds_count)', [
    'posts',
    'users',
    'comments',
  ])
})
