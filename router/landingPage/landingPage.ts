import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default'

import type { Config } from '../config'
import type { RouterContext } from '../../packages/federation-router/request/context'
import { selectExampleOperation } from './exampleOperation'
import { renderHelpHtml, renderHelpText, type HelpOptions } from './help'

/** What a person finds who opens the router. */
export interface LandingPage {
  /** The page for browsers. */
  plugin: ApolloServerPlugin<RouterContext>
  /** The same for a terminal. */
  readText(): string
}

/**
 * Apollo Sandbox with an operation to begin with. It is loaded from Apollo's network; above it, on the same page, stands
 * what one needs without it.
 */
export function createLandingPage({ PORT, JWKS_URL, ROUTER_EXECUTOR }: Config): LandingPage {
  const options = { origin: `http://localhost:${PORT}`, hasIdentity: JWKS_URL !== undefined }
  let schema: Pick<HelpOptions, 'operation' | 'hasSubscriptions'> = { operation: '', hasSubscriptions: false }
  return {
    readText: () => renderHelpText({ ...options, ...schema }),
    plugin: {
      async serverWillStart(service) {
        schema = {
          operation: selectExampleOperation(service.schema),
          hasSubscriptions: ROUTER_EXECUTOR === 'agora' && service.schema.getSubscriptionType() != null,
        }
        const apollo = ApolloServerPluginLandingPageLocalDefault({
          document: schema.operation,
          embed: { runTelemetry: false },
        })
        const listener = await apollo.serverWillStart?.(service)
        const page = await listener?.renderLandingPage?.()
        return {
          renderLandingPage: async () => ({
            html: async () => {
              const html = typeof page?.html === 'function' ? await page.html() : (page?.html ?? '')
              return withHelp(html, (nonce) => renderHelpHtml({ ...options, ...schema }, nonce))
            },
          }),
        }
      },
    },
  }
}

/**
 * Puts the help before Apollo's own content, whose script holds up what comes after it while its network does not
 * answer, and points Sandbox at the endpoint instead of the page; for subscriptions, too, at its WebSocket: Sandbox finds out by
 * itself which protocol that speaks, and Apollo's plugin has no option for it
 * (https://www.apollographql.com/docs/graphos/platform/explorer/subscription-support).
 */
function withHelp(html: string, help: (nonce: string) => string): string {
  const nonce = /'nonce-([^']+)'/.exec(html)?.[1] ?? ''
  return html
    .replace('window.location.href', "new URL('/graphql', window.location.href).href")
    .replace(
      /\binitialEndpoint,/,
      "initialEndpoint, initialSubscriptionEndpoint: initialEndpoint.replace(/^http/, 'ws'),",
    )
    .replace('<body>', () => `<body>${help(nonce)}`)
    .trimStart()
}
