/** Returns a stored document without its outbox, which the relay changes in the background. */
export const withoutOutbox = (document: object | null): object => ({
  ...document,
  pendingEvents: undefined,
  relay: undefined,
})
