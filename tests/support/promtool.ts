import { spawnSync } from 'node:child_process'

/** Whether Prometheus' own checker is installed; its checks are skipped without it. */
export const hasPromtool = spawnSync('promtool', ['--version']).error === undefined

/** Returns the output of `promtool check metrics` for a page of metrics: '' when it is clean. */
export function checkMetrics(text: string): string {
  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  return `${stdout}${stderr}`
}
