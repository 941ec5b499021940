import { defineConfig } from '@graphql-hive/gateway'
import { unifiedGraphHandler } from '@graphql-hive/router-runtime'

/** Hive Gateway with its Rust planner, or with PLANNER=javascript, and defaults otherwise. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH_FILE ?? '',
  ...(process.env.PLANNER !== 'javascript' && { unifiedGraphHandler }),
})
