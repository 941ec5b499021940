import { environmentFor, createTestKey, signToken, startTokenIssuer as startPublisherOf } from './tokenIssuer'

const key = createTestKey('key')

interface TokenOptions {
  sid?: string
  role?: 'MEMBER' | 'MODERATOR' | 'ADMIN'
  ver?: number
}

/** Returns an access token, by default of a new session. */
export const createAccessToken = (
  sub: string,
  expiresIn = 900,
  { sid = `session ${Math.random()}`, role = 'MEMBER', ver = 0 }: TokenOptions = {},
): string => signToken(key, { sub, sid, role, ver }, { expiresIn })

export const createBearerHeader = (...of: Parameters<typeof createAccessToken>) => ({
  authorization: `Bearer ${createAccessToken(...of)}`,
})

/** Starts a publisher of the key of these tokens. */
export async function startCommunityTokenIssuer() {
  const publisher = await startPublisherOf([key.jwk])
  const environment = environmentFor(publisher)
  return Object.assign(publisher, { secret: environment.ROUTER_SECRET, environment })
}
