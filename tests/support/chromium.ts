import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'

const program = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => join('/usr/bin', name))
  .find((path) => existsSync(path))

/** Whether a Chromium is installed. Otherwise, tests that need it are skipped. */
export const hasChromium = program !== undefined

/** Starts the Chromium of this machine. */
export function launchChromium(): Promise<Browser> {
  if (program === undefined) throw new Error('Chromium is not installed: apt-get install chromium')
  return chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
}
