import '../packages/platform/sourceMaps'
// Import before other modules: V8 flags only affect code that is compiled afterwards.
import './v8Flags'

import cluster from 'node:cluster'

import { readConfig, runProcess } from '../packages/platform'
import { configShape } from './config'

runProcess(async (onClose) => {
  const config = readConfig(configShape)
  // Imported when it is selected: the primary of several workers needs neither the planner nor its memory.
  if (config.WORKERS > 1 && cluster.isPrimary) {
    const { runPrimary } = await import('./workers/primary')
    return runPrimary(config, onClose)
  }
  const { runRouter } = await import('./runRouter')
  return runRouter(config, onClose)
})
