import type { DemoAccount } from './demoAccounts'
import type { ExampleTab } from './exampleTabs'

/** The configuration that the page passes to the explorer, as JSON in an element. */
export interface ExplorerConfig {
  tabs: readonly ExampleTab[]
  /** The accounts that developers can sign in with, where they exist. */
  demoAccounts: readonly DemoAccount[]
}
