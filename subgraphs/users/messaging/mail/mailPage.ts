import { BlockList } from 'node:net'

import { isInNetworks } from '../../../../packages/platform'
import { sendText, type Route } from '../../../../packages/platform/http'
import { escapeHtml } from '../../domain/mail/mailContent'
import type { MailRepository } from '../../repository'

const maxShownMails = 50
const loopbackNetworks = new BlockList()
loopbackNetworks.addSubnet('127.0.0.0', 8)
loopbackNetworks.addAddress('::1', 'ipv6')
const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

/**
 * Creates the page of kept mails, in development only: the newest first, with their links. It is served to this machine
 * alone, and under its own names, so that another site cannot read it through a name that it points to this machine.
 */
export function createMailPage(mails: MailRepository): Route {
  return async (request, response) => {
    const { remoteAddress = '' } = request.socket
    if (!isInNetworks(loopbackNetworks, remoteAddress) || !loopbackHost.test(request.headers.host ?? ''))
      return sendText(
        response,
        403,
        'This page is for the machine that runs Agora: open it as http://localhost.\n',
      )
    const page = renderPage(await mails.findKept(maxShownMails))
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-length': Buffer.byteLength(page),
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    response.end(page)
  }
}

function renderPage(kept: Awaited<ReturnType<MailRepository['findKept']>>): string {
  const articles = kept.map(
    ({ at, content }) => `<article>
<h2>${escapeHtml(content.subject)}</h2>
<p>To ${escapeHtml(content.to)}, ${at.toISOString()}</p>
<pre>${linkUrls(escapeHtml(content.text))}</pre>
</article>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<title>Mails</title>
<style>
body { font-family: sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }
article { border-top: 1px solid #ccc }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
</style>
</head>
<body>
<h1>Mails</h1>
<p>SMTP_URL is not set, so these mails were kept instead of sent. The newest ${maxShownMails} are shown.</p>
${articles.length > 0 ? articles.join('\n') : '<p>There are none yet.</p>'}
</body>
</html>
`
}

/** Makes links of the addresses in an escaped text. */
function linkUrls(escaped: string): string {
  return escaped.replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`)
}
