export { InvalidTokenError, verifyAccessToken, type VerifiedToken } from './accessTokenVerifier'
export {
  createServiceSigner,
  createViewerSigner,
  createViewerVerifier,
  viewerHeader,
  type ViewerClaims,
  type ViewerVerifier,
} from './viewerToken'
