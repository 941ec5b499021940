import cluster from 'node:cluster'

import type { OnClose } from '../../packages/platform'
import { createLog } from '../../packages/platform/log'
import { observeCounter, observeGauge, openMetrics } from '../../packages/platform/telemetry'
import type { Config } from '../config'
import { createCoordinator } from './coordinator'
import { createManagedWorker, type ManagedWorker } from './managedWorker'

/**
 * Runs the router in several processes, which share its port: this one accepts the connections, and distributes them in turn. A worker
 * that ends is forked again. Resolves when the first worker listens.
 *
 * @throws StartupError when the first worker ends before it listens, or METRICS_PORT is in use
 */
export async function runPrimary(config: Config, onClose: OnClose): Promise<void> {
  const count = config.WORKERS
  const log = createLog('router', config.LOG_LEVEL, { readable: config.NODE_ENV !== 'production' })
  // Otherwise NODE_CLUSTER_SCHED_POLICY could leave the distribution to the operating system, which is uneven.
  cluster.schedulingPolicy = cluster.SCHED_RR
  const { registry } = await openMetrics({
    config,
    readMetrics: () => coordinator.readMetrics(),
    log,
    onClose,
  })
  const coordinator = createCoordinator(registry)
  const countListening = () => workers.filter((worker) => worker.isListening()).length
  const workers = Array.from({ length: count }, (): ManagedWorker =>
    createManagedWorker({
      onFork: (worker) => coordinator.addWorker(worker),
      onListening() {
        if (countListening() === count) log.info({ workers: count }, 'All workers are listening')
      },
      workers: count,
      log,
    }),
  )
  if (registry) {
    const help = 'Workers that listen.'
    observeGauge({ name: 'router_workers', help, registry }, (report) => report(countListening()))
    observeCounter(
      { name: 'router_worker_restarts_total', help: 'Restarts of workers that have ended.', registry },
      (report) => report(workers.reduce((sum, worker) => sum + worker.countRestarts(), 0)),
    )
  }
  onClose(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
  }, config.DRAIN_MS)
  process.on('exit', () => {
    for (const worker of workers) worker.kill()
  })
  const [first, ...others] = workers
  // Alone, so that the cause is printed once when none can start.
  await first?.startFirst()
  for (const worker of others) worker.start()
}
