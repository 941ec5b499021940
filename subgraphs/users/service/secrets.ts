import { createHmac, type KeyObject } from 'node:crypto'

/** The secrets of the subgraph, each of 256 bits and for one purpose. */
export type Secrets = ReturnType<typeof deriveSecrets>

/** Derives the secrets from the signing key, so that no second secret has to be configured. */
export function deriveSecrets(privateKey: KeyObject) {
  const bytes = privateKey.export({ type: 'pkcs8', format: 'der' })
  const derive = (purpose: string): Buffer => createHmac('sha256', bytes).update(purpose).digest()
  return {
    refreshTokens: derive('agora refresh tokens'),
    signInFlows: derive('agora identity sign-in flows'),
    mailTokens: derive('agora mail tokens'),
    unsubscribeLinks: derive('agora unsubscribe links'),
  }
}
