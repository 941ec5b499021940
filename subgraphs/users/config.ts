import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import { audienceSetting, issuerSetting } from '../../packages/auth/accessTokenClaims'
import { variable } from '../../packages/platform/config/environment'
import { resourcesConfigShape } from '../../packages/subgraph-kit/server/resourcesConfig'
import { countCodePoints, isLongerThan } from '../../packages/platform/text/text'
import { isEmail, passwordLengthLimits } from './domain/user'

/** Reads a P-256 key in PEM. Line breaks may be escaped as `\n`, as is common in environment files. */
function pemKey(kind: string, read: (pem: string) => KeyObject) {
  return z.string().transform((text, context) => {
    try {
      const key = read(text.replaceAll('\\n', '\n'))
      if (isP256Key(key)) return key
    } catch {
      // Reported below: messages of OpenSSL do not name the setting.
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
    PORT: variable.port(4001),
    MONGODB_DATABASE: z.string().default('agora_users'),
    JWT_PRIVATE_KEY: pemKey('private', createPrivateKey),
    JWT_PREVIOUS_PUBLIC_KEY: pemKey('public', createPublicKey).optional(),
    JWT_NEXT_PUBLIC_KEY: pemKey('public', createPublicKey).optional(),
    JWT_ISSUER: issuerSetting(),
    JWT_AUDIENCE: audienceSetting(),
    ADMIN_EMAIL: z.string().refine(isEmail, 'must be an email address').optional(),
    ADMIN_PASSWORD: z
      .string()
      .refine(
        (text) =>
          !isLongerThan(text, passwordLengthLimits.max) && countCodePoints(text) >= passwordLengthLimits.min,
        `must have ${passwordLengthLimits.min} to ${passwordLengthLimits.max} characters`,
      )
      .optional(),
  })
  .refine(({ ADMIN_EMAIL, ADMIN_PASSWORD }) => !ADMIN_EMAIL || ADMIN_PASSWORD !== undefined, {
    path: ['ADMIN_PASSWORD'],
  })
  .refine(({ ADMIN_EMAIL, ADMIN_PASSWORD }) => !ADMIN_PASSWORD || ADMIN_EMAIL !== undefined, {
    path: ['ADMIN_EMAIL'],
  })

export type Config = z.infer<typeof configShape>
