/** The header by which the router names the cookie that a subgraph may set. */
export const cookieNameHeader = 'x-cookie-name'

/** Returns the value of a cookie in a Cookie header, the first one of several; undefined without one. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const prefix = `${name}=`
  const pair = header
    ?.split(';')
    .map((each) => each.trim())
    .find((each) => each.startsWith(prefix))
  return pair?.slice(prefix.length)
}
