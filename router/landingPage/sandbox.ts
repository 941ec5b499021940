import { randomBytes } from 'node:crypto'

import type { HtmlPage } from '../../packages/federation-router'
import { renderHelpHtml, type HelpOptions } from './help'
import { toScriptJson } from './scriptJson'

const cdn = 'https://embeddable-sandbox.cdn.apollographql.com'
const assets = 'https://apollo-server-landing-page.cdn.apollographql.com'
const embed = 'https://sandbox.embed.apollographql.com'

/** The time for the script of Sandbox, and then for its frame, until it counts as unreachable. */
const timeoutsMs = { script: 5_000, frame: 10_000 }

/** Sources that a browser may load, of Sandbox alone. */
const contentSecurityPolicy = (nonce: string) =>
  [
    `script-src 'self' 'nonce-${nonce}' ${cdn}`,
    `style-src 'nonce-${nonce}' ${cdn} https://fonts.googleapis.com`,
    `img-src ${assets}`,
    `frame-src ${embed}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')

interface SandboxOptions {
  help: HelpOptions
  /** The page that opens instead where Sandbox cannot be reached; without it, this page explains how to continue. */
  fallbackPath: string | undefined
}

/**
 * Renders a page with Apollo Sandbox (https://www.apollographql.com/docs/graphos/platform/sandbox), which sends operations
 * to `/graphql`, and subscriptions to the WebSocket there.
 */
export function renderSandboxPage({ help, fallbackPath }: SandboxOptions): HtmlPage {
  const nonce = randomBytes(32).toString('hex')
  const config = {
    target: '#embeddableSandbox',
    initialState: { document: help.operation },
    hideCookieToggle: false,
    endpointIsEditable: false,
    runTelemetry: false,
    allowDynamicStyles: false,
  }
  const html = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width,initial-scale=1" />
    <link rel="icon" href="${assets}/_latest/assets/favicon.png" />
    <title>Apollo Sandbox</title>
  </head>
  <body>${renderHelpHtml(help, nonce)}
    <div id="react-root">
      <style nonce="${nonce}">
        body { margin: 0; }
        iframe { background-color: white; height: 100%; width: 100%; border: none; }
      </style>
      <div id="embeddableSandbox"></div>
      <script nonce="${nonce}">
        const initialEndpoint = new URL('/graphql', window.location.href).href
        const embeddedSandboxConfig = ${toScriptJson(config)};
        const fallbackPath = ${toScriptJson(fallbackPath ?? null)}
        let timer
        function reportUnreachable() {
          clearTimeout(timer)
          if (fallbackPath) return location.replace(fallbackPath + '?sandbox=unreachable')
          document.getElementById('offline').hidden = false
          document.getElementById('help').open = true
        }
        function openSandbox() {
          clearTimeout(timer)
          timer = setTimeout(reportUnreachable, ${timeoutsMs.frame})
          addEventListener('message', ({ origin }) => {
            if (origin === '${embed}') clearTimeout(timer)
          })
          new window.EmbeddedSandbox({
            ...embeddedSandboxConfig,
            initialEndpoint,
            initialSubscriptionEndpoint: initialEndpoint.replace(/^http/, 'ws'),
          });
        }
        const script = document.createElement('script')
        script.src = '${cdn}/v2/embeddable-sandbox.umd.production.min.js'
        script.addEventListener('load', openSandbox)
        script.addEventListener('error', reportUnreachable)
        timer = setTimeout(reportUnreachable, ${timeoutsMs.script})
        document.head.append(script)
      </script>
    </div>
  </body>
</html>
`
  return { html, contentSecurityPolicy: contentSecurityPolicy(nonce) }
}
