import type { CustomFetch } from 'openid-client'

import { ProviderUnavailableError } from './providerErrors'

/** Large enough for the key sets of big providers. */
const maxResponseBytes = 256 * 1024

/**
 * Sends a request of the OpenID Connect client, and reads a response of bounded size.
 *
 * @throws ProviderUnavailableError for a larger response
 */
export const boundedFetch: CustomFetch = async (url, { body, ...options }) => {
  const response = await fetch(url, { ...options, body: body ?? null })
  if (!response.body) return response
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.length
    // Leaving the loop cancels the response.
    if (size > maxResponseBytes) throw new ProviderUnavailableError('too_large')
    chunks.push(chunk)
  }
  const { status, statusText, headers } = response
  return new Response(Buffer.concat(chunks), { status, statusText, headers })
}
