import type { GraphQLSchema } from 'graphql'
import { randomBytes } from 'node:crypto'

import type { HtmlPage } from '../../packages/federation-router'
import { demoAccounts } from './demoAccounts'
import { selectExampleTabs } from './exampleTabs'
import type { ExplorerConfig } from './explorerConfig'
import { explorerFolder } from './explorerFiles'
import { toScriptJson } from './scriptJson'

/**
 * Sources that a browser may load: those of this router. The editor writes the positions of its lines as style attributes;
 * scripts and style elements need the nonce.
 */
const contentSecurityPolicy = (nonce: string) =>
  [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `style-src-attr 'unsafe-inline'`,
    `font-src 'self' data:`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    `worker-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')

const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="#d60690"/></svg>',
)}`

/** Renders a page with GraphiQL, which loads nothing from other servers. */
export function renderExplorerPage(schema: GraphQLSchema): HtmlPage {
  const nonce = randomBytes(32).toString('hex')
  const signsIn = schema.getMutationType()?.getFields()['signIn'] !== undefined
  const config: ExplorerConfig = {
    tabs: selectExampleTabs(schema),
    demoAccounts: signsIn ? demoAccounts : [],
  }
  const html = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width,initial-scale=1" />
    <link rel="icon" href="${icon}" />
    <link rel="stylesheet" href="${explorerFolder}/explorer.css" />
    <title>GraphiQL</title>
  </head>
  <body>
    <div id="explorer"></div>
    <script type="application/json" id="explorer-config">${toScriptJson(config)}</script>
    <script nonce="${nonce}" src="${explorerFolder}/explorer.js"></script>
  </body>
</html>
`
  return { html, contentSecurityPolicy: contentSecurityPolicy(nonce) }
}
