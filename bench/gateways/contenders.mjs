/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} title
 * @property {string[]} command
 * @property {NodeJS.ProcessEnv} env
 * @property {boolean} [isStatic] whether it sends one response to everything
 */
import { join } from 'node:path'

const here = import.meta.dirname
const file = (/** @type {string[]} */ ...path) => join(here, ...path)

/** Starts a router of the user in a shell, with PORT, HOST and SUPERGRAPH_FILE in its environment. */
const routerCommand = process.env.ROUTER_COMMAND

/** The names of the gateways, in the order of the table. */
export const names = [
  'agora',
  'apollo',
  'apollo-undici',
  'hive-js',
  'hive',
  ...(routerCommand ? ['command'] : []),
  'proxy',
  'static',
]

const node = (/** @type {string[]} */ ...args) => [process.execPath, ...args]

/**
 * @param {object} place
 * @param {number} place.port to listen on
 * @param {string} place.supergraph file
 * @param {string} place.whole URL that executes operations without a gateway
 * @param {string} place.request the first request of the operation, for the static response
 * @returns {Contender[]}
 */
export function contenders({ port, supergraph, whole, request }) {
  const env = { PORT: String(port), HOST: '127.0.0.1', SUPERGRAPH_FILE: supergraph }
  const environment = {
    PORT: String(port),
    WHOLE_URL: whole,
    REQUEST: request,
  }
  const hive = node(
    file('node_modules', '@graphql-hive', 'gateway', 'dist', 'bin.js'),
    'supergraph',
    '-c',
    file('contenders', 'hive.config.mjs'),
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
  )
  return [
    {
      name: 'agora',
      title: 'this router',
      command: node(file('..', '..', 'dist', 'router', 'index.js')),
      env: {
        ...env,
        JWKS_URL: new URL('/keys', whole).href,
        ROUTER_SECRET: 'the secret of the benchmark, at least 32 bytes',
        TRUSTED_CLIENTS: '127.0.0.0/8',
        // A list without `first` counts as many objects; the operation of the shop has five levels of them.
        MAX_COST: '1000000',
      },
    },
    { name: 'apollo', title: '@apollo/gateway', command: node(file('contenders', 'apollo.mjs')), env },
    {
      name: 'apollo-undici',
      title: '@apollo/gateway, undici',
      command: node(file('contenders', 'apollo.mjs')),
      env: { ...env, FETCHER: 'undici' },
    },
    {
      name: 'hive-js',
      title: 'Hive, JavaScript planner',
      command: hive,
      env: { ...env, PLANNER: 'javascript' },
    },
    { name: 'hive', title: 'Hive, Rust planner', command: hive, env },
    {
      name: 'command',
      title: 'ROUTER_COMMAND',
      // `exec`, so that the process is the router and not the shell.
      command: ['sh', '-c', `exec ${routerCommand}`],
      env,
    },
    {
      name: 'proxy',
      title: 'limit: proxy of one fetch',
      command: node(file('contenders', 'proxy.mjs')),
      env: environment,
    },
    {
      name: 'static',
      title: 'limit: static bytes',
      command: node(file('contenders', 'static.mjs')),
      env: environment,
      isStatic: true,
    },
  ]
}
