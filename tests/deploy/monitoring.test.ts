import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import {
  listLabels,
  listMetrics,
  readAlerts,
  readDashboards,
  readDocumentedLabels,
} from '../support/monitoring'
import { hasPromtool } from '../support/promtool'

const alerts = readAlerts()
const dashboards = readDashboards()

;(hasPromtool ? describe : describe.skip)('deploy/prometheus', () => {
  it.each([
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ])('passes promtool %s %s', (...args) => {
    const cwd = join(projectRoot, 'deploy', 'prometheus')
    expect(() => execFileSync('promtool', args, { cwd, stdio: 'pipe' })).not.toThrow()
  })
})

it('tests that each alert fires', () => {
  const tests = readFileSync(join(projectRoot, 'deploy/prometheus/alerts.test.yml'), 'utf8')
  const fired = [...tests.matchAll(/alertname="(\w+)"/g)].map(([, name]) => name)
  expect([...new Set(fired)].sort()).toEqual(alerts.map(({ alert }) => alert).sort())
})

it('explains each alert in a section of docs/alerts.md', () => {
  const page = readFileSync(join(projectRoot, 'docs/alerts.md'), 'utf8')
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name)
  expect(sections).toEqual(alerts.map(({ alert }) => alert))
  for (const { alert, annotations } of alerts)
    expect(annotations.runbook).toBe(`docs/alerts.md#${alert.toLowerCase()}`)
})

it('uses metrics in alerts and dashboards that docs/observability.md lists', () => {
  const documented = readFileSync(join(projectRoot, 'docs/observability.md'), 'utf8')
  const expressions = [
    ...alerts.map(({ expr }) => expr),
    ...[...dashboards.values()].flatMap(({ panels }) =>
      panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ),
  ]
  // Of several percentiles, the page has the name of the first.
  const used = new Set(expressions.flatMap(listMetrics).map((name) => name.replace('_p99_', '_p50_')))
  expect(used.size).toBeGreaterThan(40)
  // Metrics of Prometheus itself.
  const own = ['up', 'ALERTS']
  expect([...used].filter((name) => !own.includes(name) && !documented.includes(name))).toEqual([])
})

it('uses labels in alerts and dashboards that docs/observability.md lists for their metrics', () => {
  const documented = readDocumentedLabels()
  const uses = [
    ...alerts.map(({ expr, annotations }) => ({ expr, text: annotations.summary })),
    ...[...dashboards.values()].flatMap(({ panels }) =>
      panels.flatMap(({ targets }) =>
        targets.map(({ expr, legendFormat }) => ({ expr, text: legendFormat })),
      ),
    ),
  ]
  const unknown = uses.flatMap(({ expr, text }) => {
    const known = listMetrics(expr).flatMap((name) => documented.get(name) ?? [])
    return listLabels(expr, text)
      .filter((label) => !known.includes(label))
      .map((label) => `${label}: ${expr}`)
  })
  expect(unknown).toEqual([])
})

it('warns when a process uses four fifths of the memory limit of its container', () => {
  const expression = alerts.find(({ alert }) => alert === 'MemoryHigh')?.expr ?? ''
  const [router = 0, subgraph = 0] = [...expression.matchAll(/> ([\d.e]+)/g)].map(([, text]) => Number(text))
  const compose = readFileSync(join(projectRoot, 'docker-compose.yml'), 'utf8')
  const mebibytes = 1024 ** 2
  for (const [part, threshold, limit] of [
    ['router', router, 1024],
    ['posts', subgraph, 512],
  ] as const) {
    expect(threshold / (limit * mebibytes)).toBeCloseTo(0.8, 1)
    const manifest = readFileSync(join(projectRoot, `deploy/kubernetes/${part}.yaml`), 'utf8')
    expect(manifest).toContain(`limits: { memory: ${limit === 1024 ? '1Gi' : '512Mi'} }`)
    expect(compose).toContain(`mem_limit: ${limit === 1024 ? '1g' : '512m'}`)
  }
})

it('has dashboards whose panels do not overlap', () => {
  expect([...dashboards.keys()].sort()).toEqual([
    'event-log.json',
    'overview.json',
    'router.json',
    'subgraph.json',
  ])
  for (const { panels } of dashboards.values()) {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBeLessThanOrEqual(24)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  }
})
