import { timingSafeEqual } from 'node:crypto'

/** Returns whether a text in base64url is the expected signature. Takes the same time for each signature of its length. */
export function isSignature(text: string, expected: Buffer): boolean {
  const given = Buffer.from(text, 'base64url')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
