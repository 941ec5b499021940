import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { projectRoot } from '../../packages/platform/config/projectRoot'
import { createHealthRoutes, startHttpServer } from '../../packages/platform/http/server'
import { createLog } from '../../packages/platform/log'

const read = (file: string) => readFileSync(join(projectRoot, file), 'utf8')

describe('the image', () => {
  const stages = read('Dockerfile')
    .split(/^FROM /m)
    .slice(1)
  const last = stages.at(-1) ?? ''

  it('is built in stages on Node 24, without development dependencies', () => {
    expect(stages.length).toBe(2)
    for (const stage of stages) expect(stage).toMatch(/^node:24-slim\b/)
    expect(stages[0]).toMatch(/npm ci[^]*npm run build[^]*npm prune --omit=dev/)
    expect(last).not.toMatch(/npm (ci|install|run)/)
    // The programs need no package manager.
    expect(last).toMatch(/^RUN rm -rf \/usr\/local\/lib\/node_modules \/usr\/local\/bin\/npm /m)
    // The embedded database has the SSPL.
    expect(stages[0]).toMatch(/npm prune[^]*rm -r node_modules\/@0q[^]*cp /)
  })

  it('runs as a normal user', () => {
    expect(last).toMatch(/^USER node$/m)
  })

  it('checks the health of the process on its port, with or without a port of its own for metrics', async () => {
    const [, command = ''] = /^HEALTHCHECK [^]*?CMD (\[.*\])$/m.exec(last) ?? []
    const [program = '', ...args] = JSON.parse(command) as string[]
    const defaults = Object.fromEntries(
      [...(/^ENV (.*)$/m.exec(last)?.[1] ?? '').matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value]) => [
        name,
        value,
      ]),
    )
    // Without PORT, the check would not know the port.
    expect(defaults).toMatchObject({ PORT: '4000', HOST: '0.0.0.0' })
    let isReady = true
    const routes = createHealthRoutes(() => ({ isReady, dependencies: {} }))
    const server = await startHttpServer({
      host: '127.0.0.1',
      port: 0,
      routes,
      log: createLog('test', 'silent'),
    })
    const check = (port: number) =>
      promisify(execFile)(program, args, {
        env: { ...process.env, ...defaults, PORT: String(port), METRICS_PORT: '9464' },
      }).then(
        () => 'healthy',
        () => 'unhealthy',
      )
    try {
      expect(await check(server.port)).toBe('healthy')
      isReady = false
      expect(await check(server.port)).toBe('unhealthy')
    } finally {
      await server.close()
    }
    expect(await check(server.port)).toBe('unhealthy')
  })

  it('contains every compiled folder', () => {
    const [, folders = ''] = /folders = \[([^\]]+)\]/.exec(read('build.js')) ?? []
    const compiled = [...folders.matchAll(/'(\w+)'/g)].map(([, folder]) => folder)
    expect(compiled).toContain('router')
    const ignored = read('.dockerignore').split('\n')
    expect(compiled.filter((folder = '') => ignored.includes(folder))).toEqual([])
  })

  it('contains no secrets and no unneeded files', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.env*', 'data', '**/node_modules', '**/.git']))
  })
})
