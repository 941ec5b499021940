/** Returns the message of an error, or any other thrown value as text. */
export function errorMessage(error: unknown): string {
  const message = readProperty(error, 'message')
  return typeof message === 'string' ? message : String(error)
}

/** Returns the code of a Node.js error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  const code = readProperty(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function readProperty(value: unknown, name: 'message' | 'code'): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
