import { z } from 'zod'

import { viewerHeader } from '../../auth/tokens'
import { requestIdHeader } from '../../platform'
import { createHttpClient } from '../../platform/http/httpClient'
import type { Log } from '../../platform/log'
import type { ViewerIdentity } from '../identity/authenticator'
import type { FetchContext } from '../transport/fetchContext'

/** The sender of a request whose policies are evaluated. */
export interface PolicyRequest extends Pick<
  FetchContext,
  'requestId' | 'signal' | 'deadline' | 'viewerToken'
> {
  viewer: ViewerIdentity | undefined
}

/** Evaluates the policies of @policy. */
export interface PolicyHook {
  /** Returns those of the policies that hold for the viewer: none when the hook does not respond. Never rejects. */
  evaluate(policies: readonly string[], request: PolicyRequest): Promise<ReadonlySet<string>>
  close(): Promise<void>
}

const timeoutMs = 2_000
const maxResponseBytes = 100_000
/** Beyond that, evaluations wait for a connection. */
const maxConnections = 64

const responseShape = z.object({ policies: z.array(z.string()) })

/** The policies of a viewer without any. */
export const noPolicies: ReadonlySet<string> = new Set()

/**
 * Creates the client of an HTTP service that evaluates policies. It receives `{ "policies": […], "viewer": … }`, and responds with status
 * 200 and those of the policies that hold, as `{ "policies": […] }`. Without such a response within 2 s, none holds.
 *
 * @param url undefined where there is no service: no policy holds
 */
export function createPolicyHook(url: string | undefined, log: Log): PolicyHook {
  if (url === undefined) return { evaluate: async () => noPolicies, close: async () => undefined }
  const { origin, pathname, search } = new URL(url)
  const http = createHttpClient(origin, maxConnections)

  async function send(policies: readonly string[], request: PolicyRequest): Promise<ReadonlySet<string>> {
    const { requestId, signal, deadline, viewerToken } = request
    const headers = [
      'content-type',
      'application/json',
      'accept',
      'application/json',
      requestIdHeader,
      requestId,
    ]
    if (viewerToken !== undefined) headers.push(viewerHeader, viewerToken)
    const { status, bytes } = await http.send({
      path: pathname + search,
      headers,
      body: JSON.stringify({ policies, viewer: describeViewer(request.viewer) }),
      timeoutMs: Math.max(1, Math.min(timeoutMs, deadline - performance.now())),
      maxResponseBytes,
      signal,
    })
    if (status !== 200) throw new Error(`Status ${status}`)
    return new Set(responseShape.parse(JSON.parse(bytes.toString())).policies)
  }

  return {
    async evaluate(policies, request) {
      try {
        return await send(policies, request)
      } catch (error) {
        const { requestId } = request
        if (!request.signal.aborted)
          log.error({ requestId, err: error }, 'Policies could not be evaluated: none of them holds')
        return noPolicies
      }
    },
    close: () => http.destroy(),
  }
}

/** Returns the description of a viewer for the hook; null for an anonymous one. */
function describeViewer(identity: ViewerIdentity | undefined): object | null {
  if (identity?.viewer.kind !== 'signedIn') return null
  const { id, role } = identity.viewer
  return { id, role, scopes: [...identity.scopes] }
}
