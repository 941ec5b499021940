import { platform } from './platform.ts'

/**
 * Connects the tabs of a browser, so that a sign-out in one of them reaches all.
 *
 * @param url of the endpoint
 * @returns undefined outside of browsers: the clients of a server belong to different users
 */
export function createSignOutChannel(url: string, onSignOut: () => void): { signOut(): void } | undefined {
  const { document, BroadcastChannel } = platform
  if (!document || !BroadcastChannel) return undefined
  const channel = new BroadcastChannel(`agora.signOut ${url}`)
  channel.onmessage = onSignOut
  return { signOut: () => channel.postMessage(null) }
}
