import '../../packages/platform/sourceMaps'

import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import mongoose from 'mongoose'

import { createDataSources, type DataSources } from './data'
import { resolvers } from './resolvers'
import { typeDefs } from './schema'

/** Serves the screens from the databases of a running system: node index.js MONGODB_URI PORT. */
async function main([uri = '', port = '']: string[]): Promise<void> {
  // The subgraphs create the collections and indexes.
  const options = { autoIndex: false, autoCreate: false, enableUtf8Validation: false }
  const connection = await mongoose.createConnection(uri, options).asPromise()
  const createContext = createDataSources(connection)
  const server = new ApolloServer<DataSources>({ typeDefs, resolvers })
  const { url } = await startStandaloneServer(server, {
    context: async () => createContext(),
    listen: { port: Number(port), host: '127.0.0.1' },
  })
  console.log(`The monolith is up: ${url}`)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
