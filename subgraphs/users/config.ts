import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'

import { audienceVariable, issuerVariable } from '../shared/accessToken'
import { variable } from '../shared/env'
import { toolsShape } from '../shared/subgraph/tools'
import { codePoints, isLongerThan } from '../shared/text'
import { isP256 } from './accessTokens'
import { isEmail, passwordLimits } from './user'

/** A P-256 key in PEM; line breaks may be written as `\n`, as in files of environment variables. */
function pemKey(kind: string, read: (pem: string) => KeyObject) {
  return z.string().transform((text, context) => {
    try {
      const key = read(text.replaceAll('\\n', '\n'))
      if (isP256(key)) return key
    } catch {
      // Said below: what OpenSSL says helps nobody.
    }
    context.addIssue({ code: 'custom', message: `must be a ${kind} key for ES256 (P-256) in PEM format` })
    return z.NEVER
  })
}

export const configShape = z
  .object({
    ...toolsShape,
    PORT: variable.port(4001),
    MONGODB_DATABASE: z.string().default('agora_users'),
    JWT_PRIVATE_KEY: pemKey('private', createPrivateKey),
    JWT_PREVIOUS_PUBLIC_KEY: pemKey('public', createPublicKey).optional(),
    JWT_ISSUER: issuerVariable(),
    JWT_AUDIENCE: audienceVariable(),
    ADMIN_EMAIL: z.string().refine(isEmail, 'must be an email address').optional(),
    ADMIN_PASSWORD: z
      .string()
      .refine(
        (text) => !isLongerThan(text, passwordLimits.max) && codePoints(text) >= passwordLimits.min,
        `must have ${passwordLimits.min} to ${passwordLimits.max} characters`,
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
