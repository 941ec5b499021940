/** How long after the start failures to reach the publisher of keys and revocations are expected: it may be starting, too. */
export const issuerStartupGraceMs = 5_000
