/** How long failures to reach the publisher of keys and revocations are expected, because it may be starting too. */
export const issuerStartupGraceMs = 5_000
