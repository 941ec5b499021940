import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { projectRoot, StartupError } from '../../packages/platform'
import type { DemoTasks } from '../demo/tasks'

/**
 * Runs a task of cli/demo in a separate process, which ends with the task or with this process.
 * @throws StartupError when the task has failed; the process has written why
 */
export async function runDemoTask<Kind extends keyof DemoTasks>(
  task: { kind: Kind } & DemoTasks[Kind]['options'],
): Promise<DemoTasks[Kind]['result']> {
  // Detached: Ctrl-C in a terminal reaches only this process.
  const child = fork(join(projectRoot, 'dist', 'cli', 'demo', 'index.js'), { detached: true })
  let result: DemoTasks[Kind]['result'] | undefined
  child.once('message', (message) => (result = message as DemoTasks[Kind]['result']))
  child.send(task)
  // Unlike `exit`, it comes after the last message.
  const [code]: unknown[] = await once(child, 'close')
  if (!result) throw new StartupError(`The demo accounts could not be loaded or checked (exit code ${code}).`)
  return result
}
