import type { RunningDatabase } from '../../local/database/startDatabase'

/** What globalSetup hands to globalTeardown: both run in jest's own process. */
export const sharedDatabase: { started?: { database: RunningDatabase; dataDir: string } } = {}
