import type { RunningMongodb } from '../../cli/embedded-mongodb/embeddedMongodb'

/** Passed from globalSetup to globalTeardown, which run in the main process of Jest. */
export const sharedDatabase: { started?: { database: RunningMongodb; dataDir: string } } = {}
