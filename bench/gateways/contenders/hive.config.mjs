import { defineConfig } from '@graphql-hive/gateway'
import { unifiedGraphHandler } from '@graphql-hive/router-runtime'

/** Hive Gateway with its Rust planner, or with PLANNER=javascript, and defaults otherwise. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH_FILE ?? '',
  // By default, the simultaneous requests of all clients share their fetches: with the few different requests of the
  // benchmark, hardly any fetch would be sent.
  transportEntries: { '*.http': { options: { deduplicateInflightRequests: false } } },
  ...(process.env.PLANNER !== 'javascript' && { unifiedGraphHandler }),
})
