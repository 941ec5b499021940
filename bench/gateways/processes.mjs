/** The processes of a run, each kept to one core, and what the kernel says of them (Linux). */
import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { cpus } from 'node:os'

const canPin = cpus().length > 1 && works('taskset', ['--version'])

function works(/** @type {string} */ command, /** @type {string[]} */ args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What is measured has this core to itself; all that serves the measurement shares the other. */
export const cores = { gateway: 0, rest: 1 }

export const pinning = canPin
  ? `gateway on core ${cores.gateway}, subgraphs and load on core ${cores.rest}`
  : 'not kept to cores (this needs two of them, and taskset)'

/**
 * Keeps a process, with all of its threads so far, to a core.
 *
 * @param {number} pid
 * @param {number} core
 */
export function pin(pid, core) {
  if (canPin) execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' })
}

/**
 * Starts a script of this folder that sends its first message when it is up.
 *
 * @param {string} script
 * @param {string[]} args
 * @param {number} core
 */
export async function startScript(script, args, core) {
  const child = fork(new URL(script, import.meta.url), args)
  if (child.pid !== undefined) pin(child.pid, core)
  const [message] = await Promise.race([once(child, 'message'), failed(child)])
  return { child, message }
}

/**
 * Starts a program that listens for HTTP, and waits until it does.
 *
 * @param {string[]} args Node's
 * @param {NodeJS.ProcessEnv} env beside this process's own
 * @param {number} port
 */
export async function startServer(args, env, port) {
  const command = [process.execPath, ...args]
  const pinned = canPin ? ['taskset', '-c', String(cores.gateway), ...command] : command
  const child = spawn(pinned[0] ?? '', pinned.slice(1), {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    // Logs are written, as they are in production, but to nowhere.
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const down = failed(child)
  const deadline = Date.now() + 60_000
  for (;;) {
    const up = fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    })
    if (await Promise.race([up.then((answer) => answer.ok).catch(() => false), down])) return child
    if (Date.now() > deadline) throw new Error(`${args.join(' ')} is not up after 60 s.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** @returns {Promise<never>} */
async function failed(/** @type {import('node:child_process').ChildProcess} */ child) {
  const [code] = await once(child, 'exit')
  throw new Error(`${child.spawnargs.join(' ')} has ended with ${code}.`)
}

/** @param {import('node:child_process').ChildProcess} child */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** A port that nothing listens on now. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const ticksPerSecond = 100

/** The processor time that a process has used, in milliseconds. */
export function cpuMilliseconds(/** @type {number} */ pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}

/** What a process has in memory now, and the most it ever had, in MB. */
export function memory(/** @type {number} */ pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (/** @type {string} */ name) =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024
  return { now: read('VmRSS'), peak: read('VmHWM') }
}
