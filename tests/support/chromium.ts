import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const program = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path))

/** Whether a Chromium is installed. Otherwise, tests that need it are skipped. */
export const hasChromium = program !== undefined

/** Longer than a page with several megabytes of script takes on a busy machine. */
const timeout = 100_000

/** Starts the Chromium of this machine. Its pages wait up to 100 s for an expected state. */
export async function launchChromium(): Promise<Browser> {
  if (program === undefined) throw new Error('Chromium is not installed: apt-get install chromium')
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'], timeout })
  const newContext = browser.newContext.bind(browser)
  browser.newContext = async (options) => {
    const context = await newContext(options)
    context.setDefaultTimeout(timeout)
    return context
  }
  return browser
}
