import react from '@vitejs/plugin-react'
import { defineConfig, loadEnv, type Plugin } from 'vite'

/** Prints the endpoint of the page, which another port of the system changes. */
const printEndpoint = (url: string): Plugin => ({
  name: 'print-endpoint',
  configureServer({ config }) {
    config.logger.info(`  Agora: ${url} (AGORA_URL), started with \`npm start\``)
  },
})

export default defineConfig(({ mode }) => {
  const { AGORA_URL = 'http://127.0.0.1:4000' } = loadEnv(mode, import.meta.dirname, 'AGORA_')
  // The page and the endpoint have one origin, as behind a reverse proxy in production: no CORS.
  const proxy = { '/graphql': { target: AGORA_URL, ws: true } }
  return {
    plugins: [react(), printEndpoint(AGORA_URL)],
    // Outside node_modules: an installation would remove the modules that a running server still has to serve.
    cacheDir: '.cache',
    // A rebuilt client is installed without a change of the lockfile, from which Vite would notice it.
    optimizeDeps: { force: true },
    server: { port: 5173, proxy },
    preview: { port: 5173, proxy },
  }
})
