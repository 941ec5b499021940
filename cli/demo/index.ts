import '../../packages/platform/sourceMaps'

import { checkAccounts } from './checkAccounts'
import { loadDemo } from './loadDemo'
import type { DemoTask } from './tasks'

/**
 * Receives one {@link DemoTask} over IPC, sends its result, and exits. A separate process, because the MongoDB driver
 * would double the memory of the one that stays.
 */
process.once('message', (task: DemoTask) => {
  run(task).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => process.exit())

async function run(task: DemoTask): Promise<object> {
  switch (task.kind) {
    case 'load':
      return { demo: await loadDemo(task) }
    case 'checkAccounts':
      return checkAccounts(task)
  }
}
