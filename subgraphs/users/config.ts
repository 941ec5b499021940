import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import { audienceSetting, issuerSetting } from '../../packages/auth'
import { countCodePoints, isLongerThan, variable } from '../../packages/platform'
import { localSubgraphUrl } from '../../schema/subgraphs'
import { resourcesConfigShape } from '../../packages/subgraph-kit/config'
import { isEmail, passwordLengthLimits } from './domain/user'

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
  .refine(({ ADMIN_EMAIL, ADMIN_PASSWORD }) => !ADMIN_EMAIL || ADMIN_PASSWORD !== undefined, {
    path: ['ADMIN_PASSWORD'],
  })
  .refine(({ ADMIN_EMAIL, ADMIN_PASSWORD }) => !ADMIN_PASSWORD || ADMIN_EMAIL !== undefined, {
    path: ['ADMIN_EMAIL'],
  })

export type Config = z.infer<typeof configShape>
