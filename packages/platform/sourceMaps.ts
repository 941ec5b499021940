import nodeModule from 'node:module'

// Imported first by every program: only files that are loaded afterwards have their source maps read. Unlike
// --enable-source-maps, this skips those of node_modules, which doubled the start-up time and cost 10 MB a process.
// Node 22.14 or later; before that, stack traces name the files in dist/.
const setSourceMapsSupport: unknown = Reflect.get(nodeModule, 'setSourceMapsSupport')
if (typeof setSourceMapsSupport === 'function') setSourceMapsSupport(true, { nodeModules: false })
