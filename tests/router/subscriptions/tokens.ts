import { environmentFor, makeKey, signToken, startPublisher as startPublisherOf } from '../support/publisher'

const key = makeKey('key')

interface TokenOptions {
  sid?: string
  role?: 'MEMBER' | 'MODERATOR' | 'ADMIN'
  ver?: number
}

/** An access token, of a session of its own unless told otherwise. */
export const tokenOf = (
  sub: string,
  expiresIn = 900,
  { sid = `session ${Math.random()}`, role = 'MEMBER', ver = 0 }: TokenOptions = {},
): string => signToken(key, { sub, sid, role, ver }, { expiresIn })

export const bearer = (...of: Parameters<typeof tokenOf>) => ({ authorization: `Bearer ${tokenOf(...of)}` })

/** Publishes the key with which these tokens are signed. */
export async function startPublisher() {
  const publisher = await startPublisherOf([key.jwk])
  const environment = environmentFor(publisher)
  return Object.assign(publisher, { secret: environment.ROUTER_SECRET, environment })
}
