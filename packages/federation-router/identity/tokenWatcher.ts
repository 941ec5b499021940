import type { VerifiedToken } from '../../auth/tokens'

/**
 * Why an identity is not accepted: `invalid` permanently, since its token has expired or was revoked; `unknown` while
 * revocations are not received, so that the token may have been revoked.
 */
export type IdentityEndReason = 'invalid' | 'unknown'

interface TokenWatcherOptions {
  /** Returns whether a token is neither revoked nor signed with a withdrawn key. Its expiry is watched separately. */
  isValid(token: VerifiedToken): boolean
  /** Returns whether a token may be used now. */
  isUsable(token: VerifiedToken): boolean
}

interface Watcher {
  token: VerifiedToken
  onEnd(end: IdentityEndReason): void
  expiry: NodeJS.Timeout
}

/** Creates a watcher that notifies subscriptions and WebSockets when their access token expires, is revoked, or loses its key. */
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
    /** Watches a token. @returns a function that stops watching */
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

    /** Checks all tokens; to be called when some may have become invalid. */
    checkAll(): void {
      for (const watcher of [...watchers]) check(watcher)
    },
  }
}
