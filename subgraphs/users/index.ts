import { openDatabase } from '../shared/database'
import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { createLog } from '../shared/log'
import { serveSubgraph } from '../shared/subgraph/serve'
import { configShape, type Config } from './config'
import { createUsersSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const log = createLog('users', config.LOG_LEVEL)
  const connection = await openDatabase(config.MONGODB_URI, config.MONGODB_DATABASE)
  onClose(() => connection.close())
  const subgraph = createUsersSubgraph({
    connection,
    privateKey: config.JWT_PRIVATE_KEY,
    previousPublicKey: config.JWT_PREVIOUS_PUBLIC_KEY,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    firstAdministrator: readFirstAdministrator(config),
  })
  const { HOST: host, PORT: port, ROUTER_SECRET: routerSecret } = config
  const server = await serveSubgraph(subgraph, { host, port, routerSecret, log })
  onClose(() => server.close())
})

function readFirstAdministrator({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: Config) {
  return email === undefined || password === undefined ? undefined : { email, password }
}
