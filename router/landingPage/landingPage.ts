import type { GraphQLSchema } from 'graphql'
import { randomBytes } from 'node:crypto'

import type { LandingPage } from '../../packages/federation-router'
import type { Config } from '../config'
import { selectExampleOperation } from './exampleOperation'
import { renderHelpHtml, renderHelpText, type HelpOptions } from './help'
import { renderSandboxHtml } from './sandbox'

/** Creates the landing page: Apollo Sandbox with an example operation, below help that needs no network. */
export function createLandingPage({
  PORT,
  JWKS_URL,
  ROUTER_EXECUTOR,
}: Pick<Config, 'PORT' | 'JWKS_URL' | 'ROUTER_EXECUTOR'>): LandingPage {
  const read = (schema: GraphQLSchema): HelpOptions => ({
    origin: `http://localhost:${PORT}`,
    hasIdentity: JWKS_URL !== undefined,
    operation: selectExampleOperation(schema),
    hasSubscriptions: ROUTER_EXECUTOR === 'agora' && schema.getSubscriptionType() != null,
  })
  return {
    renderText: (schema) => renderHelpText(read(schema)),
    renderHtml(schema) {
      const options = read(schema)
      const nonce = randomBytes(32).toString('hex')
      return renderSandboxHtml({ document: options.operation, nonce, help: renderHelpHtml(options, nonce) })
    },
  }
}
