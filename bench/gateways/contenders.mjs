/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} title
 * @property {string[]} args of Node.js
 * @property {NodeJS.ProcessEnv} env
 * @property {boolean} [isStatic] whether it sends one response to everything
 */
import { join } from 'node:path'

const here = import.meta.dirname
const file = (/** @type {string[]} */ ...path) => join(here, ...path)

/** The names of the gateways, in the order of the table. */
export const names = ['agora', 'apollo', 'apollo-undici', 'hive', 'proxy', 'static']

/**
 * @param {object} place
 * @param {number} place.port to listen on
 * @param {string} place.supergraph file
 * @param {number} place.subgraphs their port
 * @param {string} place.request the first request of the operation, for the static response
 * @returns {Contender[]}
 */
export function contenders({ port, supergraph, subgraphs, request }) {
  const env = { PORT: String(port), HOST: '127.0.0.1', SUPERGRAPH_FILE: supergraph }
  const environment = {
    PORT: String(port),
    WHOLE_URL: `http://127.0.0.1:${subgraphs}/whole`,
    REQUEST: request,
  }
  const hive = [
    'supergraph',
    '-c',
    file('contenders', 'hive.config.mjs'),
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
  ]
  return [
    {
      name: 'agora',
      title: 'this router',
      args: [file('..', '..', 'dist', 'router', 'index.js')],
      env: {
        ...env,
        JWKS_URL: `http://127.0.0.1:${subgraphs}/keys`,
        ROUTER_SECRET: 'the secret of the benchmark, at least 32 bytes',
        TRUSTED_CLIENTS: '127.0.0.0/8',
      },
    },
    { name: 'apollo', title: '@apollo/gateway', args: [file('contenders', 'apollo.mjs')], env },
    {
      name: 'apollo-undici',
      title: '@apollo/gateway, undici',
      args: [file('contenders', 'apollo.mjs')],
      env: { ...env, FETCHER: 'undici' },
    },
    {
      name: 'hive',
      title: 'Hive, Rust planner',
      args: [file('node_modules', '@graphql-hive', 'gateway', 'dist', 'bin.js'), ...hive],
      env,
    },
    {
      name: 'proxy',
      title: 'limit: proxy of one fetch',
      args: [file('contenders', 'proxy.mjs')],
      env: environment,
    },
    {
      name: 'static',
      title: 'limit: static bytes',
      args: [file('contenders', 'static.mjs')],
      env: environment,
      isStatic: true,
    },
  ]
}
