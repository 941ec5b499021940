import { readConfig } from '../shared/env'
import { runPart } from '../shared/lifecycle'
import { serveSubgraph } from '../shared/subgraph/serve'
import { openTools, serveOptions } from '../shared/subgraph/tools'
import { configShape, type Config } from './config'
import { createUsersSubgraph } from './subgraph'

runPart(async (onClose) => {
  const config = readConfig(configShape)
  const tools = await openTools('users', config, onClose)
  const subgraph = createUsersSubgraph({
    ...tools,
    privateKey: config.JWT_PRIVATE_KEY,
    previousPublicKey: config.JWT_PREVIOUS_PUBLIC_KEY,
    nextPublicKey: config.JWT_NEXT_PUBLIC_KEY,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    firstAdministrator: readFirstAdministrator(config),
  })
  const server = await serveSubgraph(subgraph, serveOptions(config, tools.log))
  onClose(() => server.close(), config.DRAIN_MS)
})

function readFirstAdministrator({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: Config) {
  return email === undefined || password === undefined ? undefined : { email, password }
}
