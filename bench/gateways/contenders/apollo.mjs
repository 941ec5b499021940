/** Stock @apollo/gateway in @apollo/server's standalone server; with FETCHER=undici, its requests go through undici. */
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'

process.env.APOLLO_TELEMETRY_DISABLED = 'true'
const dispatcher = new Agent()
const buildService = (/** @type {{ url?: string }} */ { url }) =>
  new RemoteGraphQLDataSource({
    url,
    // @ts-expect-error the Request and Response types of undici differ from Apollo's fetcher interface
    fetcher: (target, options) => fetch(target, { ...options, dispatcher }),
  })

const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(process.env.SUPERGRAPH_FILE ?? '', 'utf8'),
  ...(process.env.FETCHER === 'undici' && { buildService }),
})
const server = new ApolloServer({ gateway })
await startStandaloneServer(server, { listen: { port: Number(process.env.PORT), host: '127.0.0.1' } })
