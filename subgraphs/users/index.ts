import '../../packages/platform/sourceMaps'

import { readConfig, readVariablesEndingIn, runProcess } from '../../packages/platform'
import { createPeerClient } from '../../packages/subgraph-kit/peers'
import { openSubgraphResources, serveSubgraph, toServeOptions } from '../../packages/subgraph-kit'
import {
  configShape,
  providerSettingSuffixes,
  readIdentityProviders,
  readMailDelivery,
  type Config,
} from './config'
import { createUsersSubgraph } from './subgraph'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  const identityProviders = readIdentityProviders(config, readVariablesEndingIn(providerSettingSuffixes))
  const resources = await openSubgraphResources('users', config, onClose)
  const { peers: metrics } = resources.telemetry
  const events = createPeerClient({ name: 'events', url: config.EVENTS_URL, metrics })
  onClose(() => events.close())
  const posts = createPeerClient({ name: 'posts', url: config.POSTS_URL, metrics })
  onClose(() => posts.close())
  const comments = createPeerClient({ name: 'comments', url: config.COMMENTS_URL, metrics })
  onClose(() => comments.close())
  const subgraph = createUsersSubgraph({
    ...resources,
    events,
    posts,
    comments,
    privateKey: config.JWT_PRIVATE_KEY,
    previousPublicKey: config.JWT_PREVIOUS_PUBLIC_KEY,
    nextPublicKey: config.JWT_NEXT_PUBLIC_KEY,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    identityProviders,
    redirectUris: config.OIDC_REDIRECT_URIS ?? [],
    isPasswordSignInOn: config.PASSWORD_SIGN_IN,
    publicUrl: config.PUBLIC_URL,
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
