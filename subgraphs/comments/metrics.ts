import { Counter } from 'prom-client'

import type { Registry } from '../../packages/platform/telemetry'

/** Registers the metrics of comments. */
export function createCommentMetrics(registry: Registry) {
  const created = new Counter({
    name: 'agora_comments_created_total',
    help: 'New comments, replies included.',
    registers: [registry],
  })
  return { countComment: () => created.inc() }
}
