import type { EventLog } from '../../packages/event-log/eventLog'

/** Returns a stored document without its outbox, which the relay changes in the background. */
export const withoutOutbox = (document: object | null): object => ({
  ...document,
  pendingEvents: undefined,
  relay: undefined,
})

/** Holds back all events that are published through an event log, until `release`. */
export function holdPublication(eventLog: EventLog): { release(): void } {
  const publish = eventLog.publish.bind(eventLog)
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  const spy = jest.spyOn(eventLog, 'publish').mockImplementation(async (...events) => {
    await opened
    return publish(...events)
  })
  return {
    release() {
      spy.mockRestore()
      open()
    },
  }
}
