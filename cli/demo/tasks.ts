import type { AccountCheck } from './checkAccounts'
import type { DemoOptions, LoadedDemo } from './loadDemo'

/** The work of `npm start` that needs a MongoDB driver. */
export interface DemoTasks {
  load: { options: DemoOptions; result: { demo: LoadedDemo | undefined } }
  checkAccounts: { options: Pick<DemoOptions, 'mongodbUri' | 'databases'>; result: AccountCheck }
}

export type DemoTask = {
  [Kind in keyof DemoTasks]: { kind: Kind } & DemoTasks[Kind]['options']
}[keyof DemoTasks]
