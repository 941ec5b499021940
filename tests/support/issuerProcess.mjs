// A real OpenID Connect issuer on this machine, in a process of its own. The parent controls it with messages: see
// identityProvider.ts.
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { Provider } from 'oidc-provider'

const { clientId, clientSecret, redirectUris } = JSON.parse(process.argv[2])
const keyId = 'key-of-the-tests'
const { privateKey } = await generateKeyPair('RS256', { extractable: true })
const otherKey = (await generateKeyPair('RS256')).privateKey

/** The claims of each person, by the name with which they log in. */
const people = new Map()
/** The faults of the issuer. */
let fault = {}

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const issuer = `http://127.0.0.1:${server.address().port}`

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }],
  jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: keyId, alg: 'RS256', use: 'sig' }] },
  claims: { email: ['email', 'email_verified'], profile: ['name', 'nickname', 'preferred_username'] },
  // Providers differ: some put all claims into the ID token, others serve them at the UserInfo endpoint only.
  conformIdTokenClaims: process.argv[3] !== 'claimsInIdToken',
  cookies: { keys: ['a key of the tests'] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...people.get(id), sub: id }) }),
})

/** Signs an ID token again, with other claims, without those that are null, or with another key. */
async function resignIdToken(token, { claims, isForged }) {
  const changed = Object.entries({ ...decodeJwt(token), ...claims }).filter(([, value]) => value !== null)
  return new SignJWT(Object.fromEntries(changed))
    .setProtectedHeader({ alg: 'RS256', kid: keyId })
    .sign(isForged ? otherKey : privateKey)
}

provider.use(async (context, next) => {
  if (fault.path === context.path) {
    if (fault.hangs) return wait(60_000, undefined, { ref: false })
    if (fault.status) {
      context.status = fault.status
      context.type = fault.type ?? 'application/json'
      context.body = fault.body ?? '{}'
      return undefined
    }
  }
  await next()
  if (fault.idToken && context.path === '/token' && context.body?.id_token)
    context.body.id_token = await resignIdToken(context.body.id_token, fault.idToken)
  return undefined
})

server.on('request', provider.callback())
process.on('message', (message) => {
  if (message.person) people.set(message.person.login, message.person.claims)
  if (message.fault) fault = message.fault
  process.send({ done: true })
})
process.on('disconnect', () => process.exit())
process.send({ issuer })
