// Imported first: the editor reads both when it is loaded.

const script = document.currentScript as HTMLScriptElement | null
const nonce = script?.nonce ?? ''

/** The content security policy allows style elements with this nonce. The editor and the dialogs create some without it. */
const createElement = document.createElement.bind(document)
document.createElement = (name: string, options?: ElementCreationOptions) => {
  const element = createElement(name, options)
  if (element instanceof HTMLStyleElement) element.nonce = nonce
  return element
}

const workers: Readonly<Record<string, string>> = { json: 'json', graphql: 'graphql' }

/** Where the editor finds its workers (https://microsoft.github.io/monaco-editor). */
Object.assign(globalThis, {
  MonacoEnvironment: {
    getWorker: (_id: string, label: string) =>
      new Worker(`/explorer/${workers[label] ?? 'editor'}.worker.js`),
  },
})
