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

/** Labels of Prometheus itself, and the bounds of histograms. */
const commonLabels = ['job', 'instance', 'le', 'alertname', 'alertstate', 'severity']

/** Returns the labels that an expression selects or groups by, and those in a text such as a legend. */
export function listLabels(expression: string, text: string): string[] {
  const lists = [
    ...[...expression.matchAll(/\{([^}]*)\}/g)].map(([, selectors = '']) =>
      selectors.replace(/"[^"]*"/g, ''),
    ),
    ...[...expression.matchAll(/\b(?:by|on|group_left|group_right)\s*\(([^)]*)\)/g)].map(
      ([, names = '']) => names,
    ),
    ...listTemplateLabels(text),
  ]
  return [...new Set(lists.flatMap((list) => list.match(/\w+/g) ?? []))].filter(
    (name) => !commonLabels.includes(name),
  )
}

/** Returns the labels in a legend (`{{subgraph}}`) or an annotation (`{{ $labels.subgraph }}`). */
export const listTemplateLabels = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)[^}]*\}\}/g)].map(([, name = '']) => name)

/** Reads the labels of each metric from the tables of docs/observability.md. */
export function readDocumentedLabels(): Map<string, string[]> {
  const documented = new Map<string, string[]>()
  for (const row of readFileSync(join(projectRoot, 'docs/observability.md'), 'utf8').split('\n')) {
    const [, names = '', type = '', labels = ''] = row.split('|')
    if (!/^ *(?:histogram|gauge|counter) *$/.test(type)) continue
    // In parentheses are the values.
    const withoutValues = labels.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/\([^()]*\)/g, '')
    for (const name of listCode(names)) documented.set(name, listCode(withoutValues))
  }
  return documented
}

const listCode = (text: string): string[] => [...text.matchAll(/`([^`]*)`/g)].map(([, code = '']) => code)
