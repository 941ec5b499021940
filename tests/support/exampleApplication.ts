import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { launchChromium } from './chromium'
import { createTestWorkspace, freePorts } from './processes'
import type { TestUser } from './supergraph'

const axe = join(projectRoot, 'node_modules', 'axe-core', 'axe.min.js')

export interface OpenOptions {
  user?: Pick<TestUser, 'email' | 'password'>
  colorScheme?: 'light' | 'dark'
  width?: number
}

/** The built example application in a browser, in front of an endpoint. */
export interface ExampleApplication {
  url: string
  /** Opens a page with storage of its own, as another person's browser, signed in if a user is given. */
  open(path: string, options?: OpenOptions): Promise<Page>
  close(): Promise<void>
}

/** Installs, builds and serves the example application. */
export async function startExampleApplication(endpoint: string): Promise<ExampleApplication> {
  const workspace = createTestWorkspace()
  // With the NODE_ENV of jest, the build would contain the development version of React.
  const env = { ...process.env, NODE_ENV: undefined }
  const run = (...args: string[]) => execFileSync('npm', args, { cwd: projectRoot, env, stdio: 'pipe' })
  run('run', '-s', 'web:install')
  run('run', '-s', 'build', '--prefix', 'examples/web')
  const port = await freePorts(1)
  const vite = join('examples', 'web', 'node_modules', 'vite', 'bin', 'vite.js')
  const flags = ['--host', '127.0.0.1', '--port', String(port), '--strictPort']
  const server = workspace.run(process.execPath, [vite, 'preview', 'examples/web', ...flags], {
    AGORA_URL: new URL(endpoint).origin,
  })
  await server.waitForOutput(/Local:/)
  const url = `http://127.0.0.1:${port}`
  const browser = await launchChromium()
  return {
    url,
    async open(path, { user, colorScheme = 'light', width = 1200 } = {}) {
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } })
      const page = await context.newPage()
      if (user) {
        await page.goto(`${url}/sign-in`)
        await page.getByLabel('Email').fill(user.email)
        await page.getByLabel('Password').fill(user.password)
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('link', { name: /^Account of/ }).waitFor()
      }
      await page.goto(`${url}${path}`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      return page
    },
    async close() {
      await browser.close()
      await workspace.cleanUp()
    },
  }
}

declare const window: {
  axe: {
    run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>
  }
}

/** Returns the violations of accessibility rules that axe finds on a page. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe })
  const { violations } = await page.evaluate(() => window.axe.run())
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html}\n${failureSummary}`),
  )
}
