import '../../packages/platform/sourceMaps'

import { readConfig, runProcess } from '../../packages/platform'
import { openSubgraphResources, serveSubgraph, toServeOptions } from '../../packages/subgraph-kit'
import { configShape, readMailDelivery, type Config } from './config'
import { createUsersSubgraph } from './subgraph'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const resources = await openSubgraphResources('users', config, onClose)
  const subgraph = createUsersSubgraph({
    ...resources,
    privateKey: config.JWT_PRIVATE_KEY,
    previousPublicKey: config.JWT_PREVIOUS_PUBLIC_KEY,
    nextPublicKey: config.JWT_NEXT_PUBLIC_KEY,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    mailDelivery: readMailDelivery(config),
    emailVerification: config.EMAIL_VERIFICATION,
    firstAdministrator: readFirstAdministrator(config),
  })
  const server = await serveSubgraph(subgraph, toServeOptions(config, resources))
  onClose(() => server.close(), config.DRAIN_MS)
})

function readFirstAdministrator({ ADMIN_EMAIL: email, ADMIN_PASSWORD: password }: Config) {
  return email === undefined || password === undefined ? undefined : { email, password }
}
