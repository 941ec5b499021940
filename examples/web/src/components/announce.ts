const listeners = new Set<(message: string) => void>()

/** Has a screen reader say something that has changed on the screen, without moving the focus. */
export function announce(message: string): void {
  listeners.forEach((listener) => listener(message))
}

/** Calls the listener with each announcement. Returns a function that stops it. */
export function onAnnouncement(listener: (message: string) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
