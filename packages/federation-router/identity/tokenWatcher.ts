import type { VerifiedToken } from '../../auth/accessTokenVerifier'

/**
 * Why an identity is no longer valid: `invalid`, its token has ended, after which nothing follows; `unknown`, revocations
 * are not received, so that it may have been revoked.
 */
export type IdentityEndReason = 'invalid' | 'unknown'

export interface TokenWatcherOptions {
  /** Whether a token is still accepted, its expiry aside. */
  isValid(token: VerifiedToken): boolean
  /** Whether it may be used now. */
  isUsable(token: VerifiedToken): boolean
}

interface Watcher {
  token: VerifiedToken
  onEnd(end: IdentityEndReason): void
  expiry: NodeJS.Timeout
}

/** Notifies subscriptions and WebSockets when their access token expires, is revoked, or loses its key. */
export function createTokenWatcher({ isValid, isUsable }: TokenWatcherOptions) {
  const watchers = new Set<Watcher>()

  function remove(watcher: Watcher): void {
    watchers.delete(watcher)
    clearTimeout(watcher.expiry)
  }

  function check(watcher: Watcher): void {
    if (isUsable(watcher.token)) return
    if (isValid(watcher.token)) return watcher.onEnd('unknown')
    remove(watcher)
    watcher.onEnd('invalid')
  }

  return {
    /** @returns a function that stops watching */
    add(token: VerifiedToken, onEnd: Watcher['onEnd']): () => void {
      const expire = () => {
        remove(watcher)
        onEnd('invalid')
      }
      const expiry = setTimeout(expire, token.expiresAtMs - Date.now())
      const watcher: Watcher = { token, onEnd, expiry }
      watchers.add(watcher)
      check(watcher)
      return () => remove(watcher)
    },

    /** Checks all tokens; to be called whenever some may have become invalid. */
    checkAll(): void {
      for (const watcher of [...watchers]) check(watcher)
    },
  }
}
