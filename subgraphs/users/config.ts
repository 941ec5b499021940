import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import { audienceSetting, issuerSetting } from '../../packages/auth'
import { ConfigError, countCodePoints, isLongerThan, variable } from '../../packages/platform'
import { localSubgraphUrl } from '../../schema/subgraphs'
import { resourcesConfigShape } from '../../packages/subgraph-kit/config'
import { isRedirectUri } from './domain/identities/redirectUri'
import { readProviderSettings, type ProviderSettings } from './domain/identities/providerSettings'
import { isEmail, passwordLengthLimits } from './domain/user'
import type { MailDelivery } from './service/mail/delivery'

/** Reads a P-256 key in PEM. Line breaks may be escaped as `\n`, as is common in environment files. */
function pemKey(kind: string, read: (pem: string) => KeyObject) {
  return z.string().transform((text, context) => {
    try {
      const key = read(text.replaceAll('\\n', '\n'))
      if (isP256Key(key)) return key
    } catch {
      // OpenSSL's message does not name the setting; the issue below states the expected format.
    }
    context.addIssue({ code: 'custom', message: `must be a ${kind} key for ES256 (P-256) in PEM format` })
    return z.NEVER
  })
}

/** Returns whether a key can be used with ES256. */
function isP256Key(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
}

/** Returns whether a text is an email address, or a name and an address in angle brackets. */
function isSender(text: string): boolean {
  const [, address = text] = /^[^<>\p{C}]*<([^<>]+)>$/u.exec(text) ?? []
  return isEmail(address)
}

/** The environment variables of the users subgraph. */
export const configShape = z
  .object({
    ...resourcesConfigShape,
    PORT: variable.port(4001).describe('Port to listen on.'),
    MONGODB_DATABASE: z.string().default('agora_users').describe('Database of the subgraph.'),
    EVENTS_URL: variable
      .url()
      .default(localSubgraphUrl('events'))
      .describe('Endpoint of the events subgraph.'),
    POSTS_URL: variable.url().default(localSubgraphUrl('posts')).describe('Endpoint of the posts subgraph.'),
    COMMENTS_URL: variable
      .url()
      .default(localSubgraphUrl('comments'))
      .describe('Endpoint of the comments subgraph.'),
    PUBLIC_URL: variable
      .url()
      .optional()
      .describe(
        'Web address of the router as its clients reach it, for the links by which mails are turned off with one click. Without it, ' +
          'mails have none. See [notifications](notifications.md#mails).',
      ),
    JWT_PRIVATE_KEY: pemKey('private', createPrivateKey).describe(
      'Signs access tokens: a P-256 key in PEM, with line breaks as they are or as `\\n`.',
    ),
    JWT_PREVIOUS_PUBLIC_KEY: pemKey('public', createPublicKey)
      .optional()
      .describe(
        'Public key of the previous signing key, as long as its tokens are valid. See [key rotation](security.md#keys).',
      ),
    JWT_NEXT_PUBLIC_KEY: pemKey('public', createPublicKey)
      .optional()
      .describe('Public key of the next signing key, published ahead.'),
    JWT_ISSUER: issuerSetting(),
    JWT_AUDIENCE: audienceSetting(),
    PASSWORD_SIGN_IN: variable
      .flag()
      .default(true)
      .describe(
        '`false`: users sign up and sign in with an identity provider only. See [sign-in with a provider](accounts.md#sign-in-with-a-provider).',
      ),
    OIDC_REDIRECT_URIS: z
      .string()
      .transform((list) => list.split(',').map((uri) => uri.trim()))
      .refine(
        (uris) => uris.every(isRedirectUri),
        'must be addresses such as https://app.example.org/callback, separated by commas: https (http for this machine) or the ' +
          'scheme of an app, in lower case, without a query',
      )
      .optional()
      .describe(
        'Addresses of frontends to which identity providers may send the browser back, separated by commas. Required with a provider.',
      ),
    SMTP_URL: z
      .url({ protocol: /^smtps?$/, error: 'must begin with smtp:// or smtps://' })
      .optional()
      .describe(
        'SMTP server that mails are sent to, for example `smtps://user:password@mail.example.org`; `smtp://` uses STARTTLS ' +
          'where the server offers it. Without it, mails are kept in development and shown at `/mail` of this port; in ' +
          'production mail is off. See [accounts](accounts.md#mail).',
      ),
    MAIL_FROM: z
      .string()
      .refine(isSender, 'must be an email address, or a name and an address in angle brackets')
      .optional()
      .describe('Sender of mails: an address, or `Name <address>`. Required together with `SMTP_URL`.'),
    APP_URL: variable
      .url()
      .optional()
      .describe(
        'Web address of the frontend, to whose pages the links in mails lead ([paths](accounts.md#links)). Required ' +
          'together with `SMTP_URL`; otherwise `http://localhost:5173`, the example application.',
      ),
    EMAIL_VERIFICATION: z
      .enum(['optional', 'required'])
      .default('optional')
      .describe(
        '`required`: an account is created only once its address is verified, and nothing reveals whether an address has ' +
          'one; needs `SMTP_URL` in production. See [accounts](accounts.md#verification).',
      ),
    ADMIN_EMAIL: z
      .string()
      .refine(isEmail, 'must be an email address')
      .optional()
      .describe(
        'Email address of the first administrator, who is created at the start when there is none. Required together with ' +
          '`ADMIN_PASSWORD`.',
      ),
    ADMIN_PASSWORD: z
      .string()
      .refine(
        (text) =>
          !isLongerThan(text, passwordLengthLimits.max) && countCodePoints(text) >= passwordLengthLimits.min,
        `must have ${passwordLengthLimits.min} to ${passwordLengthLimits.max} characters`,
      )
      .optional()
      .describe(
        `Password of that administrator, ${passwordLengthLimits.min} to ${passwordLengthLimits.max} characters.`,
      ),
  })
  .refine(({ SMTP_URL, MAIL_FROM }) => SMTP_URL === undefined || MAIL_FROM !== undefined, {
    path: ['MAIL_FROM'],
  })
  .refine(({ SMTP_URL, APP_URL }) => SMTP_URL === undefined || APP_URL !== undefined, {
    path: ['APP_URL'],
  })
  .refine(
    ({ EMAIL_VERIFICATION, SMTP_URL, NODE_ENV }) =>
      EMAIL_VERIFICATION === 'optional' || SMTP_URL !== undefined || NODE_ENV !== 'production',
    { path: ['EMAIL_VERIFICATION'], error: 'needs SMTP_URL in production' },
  )
  .refine(({ ADMIN_EMAIL, ADMIN_PASSWORD }) => !ADMIN_EMAIL || ADMIN_PASSWORD !== undefined, {
    path: ['ADMIN_PASSWORD'],
  })
  .refine(({ ADMIN_EMAIL, ADMIN_PASSWORD }) => !ADMIN_PASSWORD || ADMIN_EMAIL !== undefined, {
    path: ['ADMIN_EMAIL'],
  })

export type Config = z.infer<typeof configShape>

export { providerSettingSuffixes } from './domain/identities/providerSettings'

/**
 * Reads the settings of identity providers, and checks those that depend on them.
 *
 * @param variables the environment variables of providers
 * @throws ConfigError with every problem
 */
export function readIdentityProviders(
  { PASSWORD_SIGN_IN, OIDC_REDIRECT_URIS }: Pick<Config, 'PASSWORD_SIGN_IN' | 'OIDC_REDIRECT_URIS'>,
  variables: ReadonlyMap<string, string>,
): ProviderSettings[] {
  const providers = readProviderSettings(variables)
  if (providers.length > 0 && OIDC_REDIRECT_URIS === undefined)
    throw new ConfigError(['OIDC_REDIRECT_URIS: is not set'])
  if (providers.length === 0 && !PASSWORD_SIGN_IN)
    throw new ConfigError(['PASSWORD_SIGN_IN: must be true unless an identity provider is configured'])
  return providers
}

/** The frontend in development: the example application, which `npm run web` starts. */
const defaultAppUrl = 'http://localhost:5173'

/** Returns how mails are delivered. */
export function readMailDelivery({
  SMTP_URL: url,
  MAIL_FROM: from,
  APP_URL: appUrl = defaultAppUrl,
  NODE_ENV,
}: Pick<Config, 'SMTP_URL' | 'MAIL_FROM' | 'APP_URL' | 'NODE_ENV'>): MailDelivery {
  if (url !== undefined && from !== undefined) return { kind: 'smtp', url, from, appUrl }
  return NODE_ENV === 'production' ? { kind: 'off' } : { kind: 'kept', appUrl }
}
