/**
 * Awaits work and meanwhile logs its description: after a second, then less and less often.
 *
 * @param describe returns a text such as `waiting for users and posts`; called for each line
 */
export async function logWhileWaiting<Value>(
  log: (line: string) => void,
  describe: () => string,
  work: Promise<Value>,
): Promise<Value> {
  const started = performance.now()
  let timer: NodeJS.Timeout
  const scheduleLine = (milliseconds: number): void => {
    timer = setTimeout(() => {
      log(`… ${describe()} (${Math.round((performance.now() - started) / 1000)} s)`)
      scheduleLine(Math.min(milliseconds * 2, 30_000))
    }, milliseconds)
  }
  scheduleLine(1_000)
  try {
    return await work
  } finally {
    clearTimeout(timer!)
  }
}
