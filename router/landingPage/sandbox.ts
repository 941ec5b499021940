const cdn = 'https://embeddable-sandbox.cdn.apollographql.com'
const assets = 'https://apollo-server-landing-page.cdn.apollographql.com'

/** Sources that a browser may load, of Sandbox alone. */
const contentSecurityPolicy = (nonce: string) =>
  [
    `script-src 'self' 'nonce-${nonce}' ${cdn}`,
    `style-src 'nonce-${nonce}' ${cdn} https://fonts.googleapis.com`,
    `img-src ${assets}`,
    `frame-src https://sandbox.embed.apollographql.com`,
  ].join('; ')

interface SandboxOptions {
  /** The operation in its editor. */
  document: string
  /** Of the page's content security policy. */
  nonce: string
  /** Further HTML, before Sandbox: its script blocks the rest of the page until its network responds. */
  help: string
}

/**
 * Renders a page with Apollo Sandbox (https://www.apollographql.com/docs/graphos/platform/sandbox), which sends operations
 * to `/graphql`, and subscriptions to the WebSocket there.
 */
export function renderSandboxHtml({ document, nonce, help }: SandboxOptions): string {
  const config = {
    target: '#embeddableSandbox',
    initialState: { document },
    hideCookieToggle: false,
    endpointIsEditable: false,
    runTelemetry: false,
    allowDynamicStyles: false,
  }
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(nonce)}" />
    <meta name="viewport" content="width=device-width,initial-scale=1" />
    <link rel="icon" href="${assets}/_latest/assets/favicon.png" />
    <title>Apollo Sandbox</title>
  </head>
  <body>${help}
    <div id="react-root">
      <style nonce="${nonce}">
        body { margin: 0; }
        iframe { background-color: white; height: 100%; width: 100%; border: none; }
      </style>
      <div id="embeddableSandbox"></div>
      <script nonce="${nonce}" src="${cdn}/v2/embeddable-sandbox.umd.production.min.js"></script>
      <script nonce="${nonce}">
        const initialEndpoint = new URL('/graphql', window.location.href).href
        const embeddedSandboxConfig = ${toScriptJson(config)};
        new window.EmbeddedSandbox({
          ...embeddedSandboxConfig,
          initialEndpoint,
          initialSubscriptionEndpoint: initialEndpoint.replace(/^http/, 'ws'),
        });
      </script>
    </div>
  </body>
</html>
`
}

/** Returns JSON that cannot end the script element that contains it. */
function toScriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
