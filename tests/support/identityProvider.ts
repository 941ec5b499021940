import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import type { ProviderSettings } from '../../subgraphs/users/domain/identities/providerSettings'

/** Claims of a person at the issuer; see OpenID Connect Core 1.0, section 5.1. */
export interface PersonClaims {
  email?: string
  email_verified?: boolean | string
  name?: string
  nickname?: string
  preferred_username?: string
}

/** The faults of the issuer. */
export interface IssuerFault {
  /** The path whose requests fail. */
  path?: string
  hangs?: boolean
  status?: number
  type?: string
  body?: string
  /** Changes the ID token, which the issuer's key or another one signs again. */
  idToken?: { claims?: Record<string, unknown>; isForged?: boolean }
}

export interface TestIdentityProvider {
  settings: ProviderSettings
  /** Adds or changes a person, who logs in with this name; it is also the subject. */
  setPerson(login: string, claims: PersonClaims): Promise<void>
  setFault(fault: IssuerFault): Promise<void>
  /** Closes the issuer, so that it refuses connections. */
  stop(): Promise<void>
}

const clientId = 'agora'
const clientSecret = 'a client secret of the tests'

/** Starts a real issuer (oidc-provider) in a process of its own. */
export async function startIdentityProvider(
  name: string,
  redirectUris: readonly string[],
  claimsIn: 'userInfo' | 'idToken' = 'userInfo',
): Promise<TestIdentityProvider> {
  const child = fork(
    join(projectRoot, 'tests', 'support', 'issuerProcess.mjs'),
    [
      JSON.stringify({ clientId, clientSecret, redirectUris }),
      claimsIn === 'idToken' ? 'claimsInIdToken' : '',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  )
  const [{ issuer }] = (await once(child, 'message')) as [{ issuer: string }]
  return {
    settings: { name, issuer, clientId, clientSecret },
    setPerson: (login, claims) => sendAndWait(child, { person: { login, claims } }),
    setFault: (fault) => sendAndWait(child, { fault }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function sendAndWait(child: ChildProcess, message: object): Promise<void> {
  const response = once(child, 'message')
  child.send(message)
  await response
}

/** A browser that follows redirects and keeps cookies. */
export class TestBrowser {
  readonly #cookies = new Map<string, string>()

  /**
   * Opens the address of a sign-in, logs in and consents.
   *
   * @param login the name of the person; without it, the person has a session at the issuer
   * @returns the address to which the issuer redirects the browser, which is not opened
   */
  async signIn(authorizationUrl: string, redirectUri: string, login?: string): Promise<string> {
    let url = authorizationUrl
    let form: URLSearchParams | undefined
    for (let step = 0; step < 20; step++) {
      const response = await this.#request(url, form)
      const location = response.headers.get('location')
      if (location !== null) {
        url = new URL(location, url).href
        form = undefined
        if (url.startsWith(redirectUri)) return url
        continue
      }
      const page = await response.text()
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1]
      const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1]
      if (prompt === undefined || action === undefined)
        throw new Error(`The issuer shows no form (${response.status}): ${page.slice(0, 2000)}`)
      if (prompt === 'login' && login === undefined) throw new Error('The issuer asks for a login.')
      url = new URL(action, url).href
      form = new URLSearchParams({ prompt, ...(prompt === 'login' && { login, password: 'any' }) })
    }
    throw new Error('The issuer redirects in a circle.')
  }

  async #request(url: string, form: URLSearchParams | undefined): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: form }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }
}
