// The sender of a request.
export {
  anonymous,
  hasRole,
  isSelf,
  isSuspended,
  requireExistingAccount,
  requireNotSuspended,
  requireRole,
  requireService,
  requireSignedIn,
  type SignedInViewer,
  type Viewer,
  type ViewerRole,
} from './viewer'

// The profile of access tokens, and their revocation.
export {
  accessTokenAlgorithm,
  accessTokenLifetimeSeconds,
  accessTokenType,
  audienceSetting,
  clockToleranceSeconds,
  issuerSetting,
  jwksPath,
  toSuspensionClaim,
  type AccessTokenClaims,
} from './accessTokenClaims'
export {
  issuerStartupGraceMs,
  revocationShape,
  revocationsPathSegment,
  revocationWindowMs,
  type Revocation,
} from './revocation'

// Security events.
export { createSecurityLog, logModeration, logThrottledErrors, type SecurityLog } from './securityLog'
