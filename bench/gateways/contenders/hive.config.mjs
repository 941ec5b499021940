import { defineConfig } from '@graphql-hive/gateway'
import { unifiedGraphHandler } from '@graphql-hive/router-runtime'

/** Hive Gateway with its Rust planner, and defaults otherwise. */
export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH_FILE ?? '',
  unifiedGraphHandler,
})
