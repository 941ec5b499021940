import type { RunningMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'

/** What globalSetup hands to globalTeardown: both run in jest's own process. */
export const sharedDatabase: { started?: { database: RunningMongodb; dataDir: string } } = {}
