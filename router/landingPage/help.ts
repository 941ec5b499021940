export interface HelpOptions {
  /** The origin of the router on its own machine; in a browser the page shows its own origin. */
  origin: string
  operation: string
  /** Whether the router verifies access tokens. */
  hasIdentity: boolean
  /** Whether the router supports subscriptions and the schema has some. */
  hasSubscriptions: boolean
}

/** Additional options of curl for a subscription: it prints events when they arrive. */
const streamOptions = "-N -H 'accept: text/event-stream'"

/** Renders how to send operations without Sandbox, for a terminal. */
export function renderHelpText(options: HelpOptions): string {
  const { origin, operation, hasIdentity, hasSubscriptions } = options
  return [
    `Endpoint  ${origin}/graphql`,
    `Schema    ${origin}/schema.graphql`,
    `Sandbox   ${origin}/ in a browser`,
    `GraphiQL  ${origin}/graphiql in a browser, without the internet`,
    ...(hasIdentity ? ['Sign in   send the access token as "authorization: Bearer …"'] : []),
    ...(hasSubscriptions ? [`Events    send a subscription as below, with ${streamOptions}`] : []),
    '',
    formatCurlCommand(origin, operation),
    '',
  ].join('\n')
}

/** Returns a command for any POSIX shell. */
function formatCurlCommand(origin: string, operation: string): string {
  const query = removeComments(operation).replace(/\s+/g, ' ').trim()
  const body = JSON.stringify({ query }).replaceAll("'", `'\\''`)
  return `curl ${origin}/graphql -H 'content-type: application/json' -d '${body}'`
}

/** Renders the same as a section of a page. Scripts and styles have the nonce of the page's content security policy. */
export function renderHelpHtml(options: HelpOptions, nonce: string): string {
  const { origin, operation, hasIdentity, hasSubscriptions } = options
  const address = (path: string) => `<a href="${path}"><span data-origin>${origin}</span>${path}</a>`
  return `
<style nonce="${nonce}">
  body { background: #f4f6f8; display: flex; flex-direction: column; height: 100vh; overflow: auto; }
  #help { font: 15px/1.5 system-ui, sans-serif; color: #1b2240; background: #f4f6f8; border-bottom: 1px solid #c3cad9; }
  #help summary { padding: 6px 16px; cursor: pointer; font-weight: 600; }
  #help[open] summary { border-bottom: 1px solid #dde2ea; }
  #help div { max-width: 60rem; padding: 8px 16px 20px; }
  #help h2 { font-size: 1rem; margin: 16px 0 6px; }
  #help p { margin: 6px 0; }
  #help a { color: #1f5fbf; }
  #help dl { display: grid; grid-template-columns: max-content auto; gap: 2px 16px; margin: 6px 0; }
  #help dd { margin: 0; }
  #help pre { margin: 6px 0; padding: 10px 12px; overflow: auto; background: #fff;
    border: 1px solid #dde2ea; border-radius: 6px; font: 13px/1.45 ui-monospace, monospace; }
  #help pre.command { white-space: pre-wrap; overflow-wrap: anywhere; }
  #react-root { flex: 1; position: relative; min-height: 30rem; }
  #react-root #embeddableSandbox { width: 100%; height: 100%; }
  @media (prefers-color-scheme: dark) {
    body { background: #1d232b; }
    #help { color: #e6e9ef; background: #1d232b; border-color: #39424f; }
    #help[open] summary, #help pre { border-color: #39424f; }
    #help pre { background: #15191f; }
    #help a { color: #7fb2ff; }
  }
</style>
<details id="help">
  <summary>Endpoint, schema, and how to send operations without Sandbox</summary>
  <div>
    <p id="offline" hidden>Apollo Sandbox could not be loaded from the internet. <a href="/graphiql">GraphiQL</a> works without it.</p>
    <dl>
      <dt>Endpoint</dt><dd>${address('/graphql')}</dd>
      <dt>Schema</dt><dd>${address('/schema.graphql')}</dd>
      <dt>GraphiQL</dt><dd>${address('/graphiql')}</dd>
    </dl>
    <h2>With curl</h2>
    <pre class="command">${escapeHtml(formatCurlCommand('ORIGIN', operation)).replace('ORIGIN', `<span data-origin>${origin}</span>`)}</pre>
    ${hasIdentity ? `<p>Signed in: add <code>-H 'authorization: Bearer &lt;access token&gt;'</code>, in Sandbox the header <code>authorization</code>.</p>` : ''}
    ${hasSubscriptions ? `<p>A subscription: add <code>${streamOptions}</code>, and curl prints its events when they arrive. Sandbox needs nothing else.</p>` : ''}
    <h2>The operation</h2>
    <pre>${escapeHtml(removeComments(operation))}</pre>
  </div>
</details>
<script nonce="${nonce}">
  for (const each of document.querySelectorAll('[data-origin]')) each.textContent = location.origin
</script>
`
}

/** Removes comments, which refer to Sandbox. */
function removeComments(operation: string): string {
  return operation.replace(/^#.*\n/gm, '')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
