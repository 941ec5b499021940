import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { demoMemberEmail, demoPassword } from '../../cli/demo/loadDemo'
import { projectRoot } from '../../packages/platform/config/projectRoot'
import { sendOperation } from '../support/federation-router/testRouter'
import { listMetrics, readAlerts, readDashboards } from '../support/monitoring'
import { createTestWorkspace, freePorts, waitUntil } from '../support/processes'
import { subscribeWith } from '../support/subscribers'
import { parts, portOf, subgraphNames } from '../support/deployedParts'

const hasPrometheus = !spawnSync('prometheus', ['--version']).error
const workspace = createTestWorkspace()
afterAll(() => workspace.cleanUp())

/** Alerts whose metrics have no series in this system: nothing was rejected, lost or failed. */
const alertsWithoutData = ['FrequentRebuilds', 'DatabaseErrors', 'SweeperFailing']

/**
 * Returns the queries of all panels and alerts, by a name. Comparisons become additions, and exceptions requirements, so that
 * an alert that does not fire has data.
 */
function listQueries(): Map<string, string> {
  const queries = new Map<string, string>()
  for (const [file, { panels }] of readDashboards())
    for (const { title, targets } of panels)
      for (const { refId, expr } of targets)
        for (const subgraph of expr.includes('$subgraph') ? subgraphNames : [''])
          queries.set(
            [file, title, refId, subgraph].join(' '),
            expr.replaceAll('$subgraph', subgraph).replaceAll('$__rate_interval', '15s'),
          )
  for (const { alert, expr } of readAlerts())
    if (!alertsWithoutData.includes(alert))
      queries.set(
        `alert ${alert}`,
        expr
          .replace(/ (?:>|==) /g, ' + ')
          .replace(/^(?:>|==) /gm, '+ ')
          .replace(/\bunless\b/, 'and'),
      )
  return queries
}

/** Starts a system with a subgraph that always exceeds its timeout. Returns its first port. */
async function startSystem(): Promise<number> {
  const port = await freePorts(5)
  const program = workspace.run(process.execPath, [join(projectRoot, 'dist', 'cli', 'start', 'index.js')], {
    PORT: String(port),
    DATA_DIR: workspace.folder(),
    DEMO: 'true',
    MAX_CLIENT_SUBSCRIPTIONS: '1',
    COMMENTS_QUERY_TIMEOUT_MS: '1',
  })
  await program.waitForOutput(/Agora is up/)
  return port
}

/** Starts Prometheus with the alerts, and the parts as its targets. Returns the URL of its API. */
async function startPrometheus(systemPort: number): Promise<string> {
  const folder = workspace.folder()
  const port = await freePorts(1)
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(projectRoot, 'deploy/prometheus/alerts.yml')],
    scrape_configs: parts.map((part) => ({
      job_name: part,
      static_configs: [{ targets: [`127.0.0.1:${systemPort + portOf(part) - 4000}`] }],
    })),
  }
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config))
  workspace.run('prometheus', [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  return `http://127.0.0.1:${port}/api/v1`
}

/** Acts as clients: signs in, reads, writes, subscribes, and makes mistakes. */
async function createTraffic(url: string) {
  const signIn = async (password: string) => {
    const query = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { session { accessToken } } }`
    const { data } = await sendOperation(url, query, {
      variables: { input: { email: demoMemberEmail, password } },
    })
    return String(data?.signIn?.session?.accessToken)
  }
  const person = { accessToken: await signIn(demoPassword) }
  const headers = { authorization: `Bearer ${person.accessToken}` }
  const { data } = await sendOperation(url, 'query Ids { posts(first: 1) { nodes { id } } }')
  const postId = String(data.posts.nodes[0].id)
  const subscription = { query: `subscription { commentAdded(postId: "${postId}") { comment { id } } }`, url }
  // The second one exceeds the limit.
  workspace.later(subscribeWith['graphql-sse'](subscription).unsubscribe)
  workspace.later(subscribeWith['graphql-sse'](subscription).unsubscribe)
  await signIn('a wrong password')
  return async () => {
    const operations = [
      `query Feed { posts(first: 3) { nodes { title author { handle } comments(first: 2) { nodes { body } } } } }`,
      `query Events { events(first: 3) { nodes { title organizer { handle } } } }`,
      `query Missing { event(id: "evt_0") { id } }`,
      `mutation AddComment { addComment(input: { postId: "${postId}", body: "A comment" }) { comment { id } } }`,
    ]
    for (const query of operations) await sendOperation(url, query, { headers })
  }
}

interface PrometheusResponse {
  status: string
  error?: string
  data: { result: unknown[] }
}

async function evaluate(api: string, query: string): Promise<unknown[]> {
  const response = await fetch(`${api}/query`, { method: 'POST', body: new URLSearchParams({ query }) })
  const { status, error, data } = (await response.json()) as PrometheusResponse
  if (status !== 'success') throw new Error(`${query}: ${error}`)
  return data.result
}

/** It takes longer than the other tests, since rates need a time. */
const isRun = hasPrometheus && process.env['FULL'] === '1'

;(isRun ? describe : describe.skip)('a Prometheus that scrapes a system with traffic', () => {
  let api = ''
  const queries = listQueries()
  /** Queries that have not returned data yet. */
  const empty = new Map(queries)

  beforeAll(async () => {
    const port = await startSystem()
    api = await startPrometheus(port)
    const act = await createTraffic(`http://127.0.0.1:${port}/graphql`)
    await waitUntil('Prometheus is ready', () =>
      evaluate(api, 'up').then(
        (result) => result.length === parts.length,
        () => false,
      ),
    )
    // Queries that stay empty are reported by their own tests.
    await waitUntil(
      'every query returns data',
      async () => {
        await act()
        for (const [name, query] of empty) if ((await evaluate(api, query)).length > 0) empty.delete(name)
        return empty.size === 0
      },
      90_000,
    ).catch(() => undefined)
  }, 400_000)

  it.each([...queries.keys()])('returns data for %s', (name) => {
    expect(empty.get(name)).toBeUndefined()
  })

  it('evaluates every alert', async () => {
    const response = await fetch(`${api}/rules`)
    const { data } = (await response.json()) as {
      data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
    }
    const rules = data.groups.flatMap((group) => group.rules)
    expect(rules.map(({ name }) => name)).toEqual(readAlerts().map(({ alert }) => alert))
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([])
  })

  it('knows every metric of the alerts without data', async () => {
    const response = await fetch(`${api}/metadata`)
    const { data } = (await response.json()) as { data: Record<string, unknown> }
    const used = readAlerts()
      .filter(({ alert }) => alertsWithoutData.includes(alert))
      .flatMap(({ expr }) => listMetrics(expr))
    expect(used.length).toBeGreaterThanOrEqual(alertsWithoutData.length)
    expect(used.filter((name) => !(name in data))).toEqual([])
  })
})
