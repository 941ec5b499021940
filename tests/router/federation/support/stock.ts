import { ApolloGateway } from '@apollo/gateway'
import type { GraphQLError, GraphQLFormattedError, GraphQLSchema } from 'graphql'

import { readSubgraphError } from '../../../../router/subgraphErrors'
import { gatewayRequest, silentLogger, type Engine } from './engine'
import type { Send } from './subgraphs'

interface Context extends Record<string, unknown> {
  send: Send
}

/** Apollo's gateway as it is, but for its transport: the measure of what a supergraph answers. */
export async function createStockEngine(supergraph: string): Promise<Engine> {
  process.env['APOLLO_TELEMETRY_DISABLED'] = 'true'
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph,
    logger: silentLogger,
    buildService: ({ name }) => ({
      process: async ({ request: { query, variables, operationName }, context }) => {
        const { send } = context as Context
        const { data, errors } = await send(name, JSON.stringify({ query, variables, operationName }))
        return { data, errors: errors?.map((error) => readSubgraphError(error).error) }
      },
    }),
  })
  let schema: GraphQLSchema | undefined
  gateway.onSchemaLoadOrUpdate(({ apiSchema }) => {
    schema = apiSchema
  })
  const { executor } = await gateway.load({})

  return {
    async execute(operation, send) {
      if (!schema) throw new Error('The gateway has no schema.')
      const { data, errors = [] } = await executor(gatewayRequest(operation, schema, { send }))
      return { data: JSON.stringify(data ?? null), errors: errors.map(formatted) }
    },
    close: () => gateway.stop(),
  }
}

// Not each of them is a GraphQLError: what is thrown on the way to a subgraph stands among them as it is.
function formatted({ message, path, extensions }: GraphQLError): GraphQLFormattedError {
  return { message, ...(path && { path }), ...(extensions && { extensions }) }
}
