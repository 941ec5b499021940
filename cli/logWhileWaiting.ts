/**
 * Says so, after a second and then less and less often, while something is waited for.
 *
 * @param doing what is waited for, such as `waiting for users and posts`; asked each time
 */
export async function logWhileWaiting<Value>(
  log: (line: string) => void,
  doing: () => string,
  work: Promise<Value>,
): Promise<Value> {
  const started = performance.now()
  let timer: NodeJS.Timeout
  const sayIn = (milliseconds: number): void => {
    timer = setTimeout(() => {
      log(`… ${doing()} (${Math.round((performance.now() - started) / 1000)} s)`)
      sayIn(Math.min(milliseconds * 2, 30_000))
    }, milliseconds)
  }
  sayIn(1_000)
  try {
    return await work
  } finally {
    clearTimeout(timer!)
  }
}
