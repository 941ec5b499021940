import mongoose from 'mongoose'

import { minFreeMb } from './diagnosis'

/**
 * Sets the parameters that the embedded engine needs, at each start, because it does not store them: the size of WiredTiger's
 * cache, for which its package has no option, the free space that an index build requires (500 MB by default, as on a
 * server), and the ranking of query plans.
 *
 * The engine has no slot-based execution engine, but its query planner (MongoDB 9.0, `internalQueryPlanRanker: 'mixed'`)
 * uses that to estimate costs when the trial of several indexes has found no row, and the query fails with
 * QueryFeatureNotAllowed. `multiPlanning` ranks plans only by their trial, as MongoDB 8 and earlier do.
 *
 * @throws MongoError when the engine does not know the parameter
 */
export async function setEngineParameters(uri: string, cacheMb: number): Promise<void> {
  const client = new mongoose.mongo.MongoClient(uri)
  try {
    await client.db('admin').command({
      setParameter: 1,
      internalQueryPlanRanker: 'multiPlanning',
      indexBuildMinAvailableDiskSpaceMB: minFreeMb,
      wiredTigerEngineRuntimeConfig: `cache_size=${cacheMb}M`,
    })
  } finally {
    await client.close()
  }
}
