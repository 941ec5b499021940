import { Counter } from 'prom-client'

import type { Registry } from '../../packages/platform/telemetry'

/** Registers the metrics of posts. */
export function createPostMetrics(registry: Registry) {
  const created = new Counter({
    name: 'agora_posts_created_total',
    help: 'New posts, drafts included.',
    registers: [registry],
  })
  return { countPost: () => created.inc() }
}
