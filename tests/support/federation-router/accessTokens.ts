import { environmentFor, createTestKey, signToken, startTokenIssuer as startPublisherOf } from './tokenIssuer'

const key = createTestKey('key')

interface TokenOptions {
  sid?: string
  role?: 'MEMBER' | 'MODERATOR' | 'ADMIN'
  ver?: number
}

/** An access token, of a session of its own unless told otherwise. */
export const createAccessToken = (
  sub: string,
  expiresIn = 900,
  { sid = `session ${Math.random()}`, role = 'MEMBER', ver = 0 }: TokenOptions = {},
): string => signToken(key, { sub, sid, role, ver }, { expiresIn })

export const createBearerHeader = (...of: Parameters<typeof createAccessToken>) => ({
  authorization: `Bearer ${createAccessToken(...of)}`,
})

/** Publishes the key with which these tokens are signed. */
export async function startCommunityTokenIssuer() {
  const publisher = await startPublisherOf([key.jwk])
  const environment = environmentFor(publisher)
  return Object.assign(publisher, { secret: environment.ROUTER_SECRET, environment })
}
