/** What an error says of itself, whatever was thrown. */
export function errorMessage(error: unknown): string {
  const message = property(error, 'message')
  return typeof message === 'string' ? message : String(error)
}

/** The code of an error of Node's own, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  const code = property(error, 'code')
  return typeof code === 'string' ? code : undefined
}

function property(value: unknown, name: 'message' | 'code'): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
