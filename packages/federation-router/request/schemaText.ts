import type { ApolloServerPlugin } from '@apollo/server'
import { printSchema } from 'graphql'

import type { RouterContext } from './context'

/** The schema that clients see, as text, always that of the supergraph which is served now. */
export interface SchemaText {
  plugin: ApolloServerPlugin<RouterContext>
  read(): string
}

export function createSchemaText(): SchemaText {
  let text = ''
  return {
    plugin: {
      async serverWillStart() {
        return {
          schemaDidLoadOrUpdate({ apiSchema }) {
            text = `${printSchema(apiSchema)}\n`
          },
        }
      },
    },
    read: () => text,
  }
}
