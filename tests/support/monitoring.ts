import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

import { projectRoot } from '../../packages/platform/config/projectRoot'

const alertShape = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string(), runbook: z.string() }),
})
const rulesShape = z.object({ groups: z.array(z.object({ rules: z.array(alertShape) })) })

const dashboardShape = z.object({
  uid: z.string(),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string() })).min(1),
    }),
  ),
})

const read = (...path: string[]) => readFileSync(join(projectRoot, 'deploy', ...path), 'utf8')

/** Reads the alerts of deploy/prometheus. */
export const readAlerts = (): z.infer<typeof alertShape>[] =>
  rulesShape.parse(parse(read('prometheus', 'alerts.yml'))).groups.flatMap(({ rules }) => rules)

/** Reads the dashboards of deploy/grafana, by their file. */
export const readDashboards = (): Map<string, z.infer<typeof dashboardShape>> =>
  new Map(
    readdirSync(join(projectRoot, 'deploy/grafana/dashboards')).map((file) => [
      file,
      dashboardShape.parse(JSON.parse(read('grafana', 'dashboards', file))),
    ]),
  )

/** Returns the names of the metrics in an expression, without the suffixes of histograms. */
export function listMetrics(expression: string): string[] {
  const withoutLabels = expression
    .replace(/\{[^}]*\}/g, '')
    .replace(/\b(?:by|on|group_left|group_right)\s*\([^)]*\)/g, '')
  const names = withoutLabels.match(/\b[a-zA-Z]\w*_\w+|\b(?:up|ALERTS)\b/g) ?? []
  const functions = ['histogram_quantile', 'max_over_time']
  return [
    ...new Set(
      names
        .filter((name) => !functions.includes(name) && !name.startsWith('__'))
        .map((name) => name.replace(/_(?:bucket|sum|count)$/, '')),
    ),
  ]
}
