/** What of a package goes into the bundle in place of all of it, where its own entry loads far more than we use. */
const trimmed = {
  // fetch, WebSocket, caches and mocks are 90 of its 110 files.
  undici: `
    export { default as Client } from 'undici/lib/dispatcher/client.js'
    export { default as errors } from 'undici/lib/core/errors.js'`,
  // Its expressions over all of Unicode take half as long to compile as Node to start, and most text is ASCII.
  'string-width': `
    let measure
    export default (text) => (measure ??= require('string-width').default)(text)`,
  // Only a run at a terminal draws, and it measures text with the same expressions.
  'log-update': `
    export const createLogUpdate = (stream) => require('log-update').createLogUpdate(stream)`,
}

/** commander could start programs of other files. It never does here, and Node's part for it is a slow one. */
const unused = { commander: /^(node:)?child_process$/ }

/** A plugin of esbuild. */
export const trimPackages = {
  name: 'trim-packages',
  setup({ onLoad, onResolve, initialOptions }) {
    const resolveDir = initialOptions.absWorkingDir ?? process.cwd()
    onResolve(
      { filter: new RegExp(`^(${Object.keys(trimmed).join('|')})$`) },
      ({ path, namespace, importer }) =>
        namespace === 'trimmed' || importer.includes('/node_modules/')
          ? undefined
          : { path, namespace: 'trimmed' },
    )
    onLoad({ filter: /.*/, namespace: 'trimmed' }, ({ path }) => ({ contents: trimmed[path], resolveDir }))
    for (const [name, filter] of Object.entries(unused))
      onResolve({ filter }, ({ path, importer }) =>
        importer.includes(`/node_modules/${name}/`) ? { path, namespace: 'unused' } : undefined,
      )
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {}' }))
  },
}
