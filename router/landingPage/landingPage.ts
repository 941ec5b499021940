import type { GraphQLSchema } from 'graphql'

import type { HtmlPage, LandingPage } from '../../packages/federation-router'
import type { Config } from '../config'
import { selectExampleOperation } from './exampleOperation'
import { renderExplorerPage } from './explorerPage'
import { renderHelpText, type HelpOptions } from './help'
import { renderSandboxPage } from './sandbox'

/** The path of the page with GraphiQL. */
const explorerPath = '/graphiql'

/**
 * Creates the landing page: Apollo Sandbox with an example operation. Where it cannot be reached, the page opens GraphiQL,
 * which this router serves.
 */
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
  const renderSandbox = (schema: GraphQLSchema, fallbackPath?: string): HtmlPage =>
    renderSandboxPage({ help: read(schema), fallbackPath })
  return {
    renderText: (schema) => renderHelpText(read(schema)),
    renderHtml: (schema) => renderSandbox(schema, explorerPath),
    pages: { '/sandbox': (schema) => renderSandbox(schema), [explorerPath]: renderExplorerPage },
  }
}
