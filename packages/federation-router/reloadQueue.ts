/** Creates a function that runs a reload when the previous one has ended. */
export function createReloadQueue() {
  let last: Promise<void> = Promise.resolve()
  return (work: () => Promise<void>): Promise<void> => (last = last.then(work, work))
}
