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

/** What a package loads at once and never uses here: what it finds in its place, and by which package. */
const unused = [
  // commander could start programs of other files, and Node's part for it is a slow one.
  { by: 'commander', filter: /^(node:)?child_process$/, contents: 'module.exports = {}' },
  // Node's own HTTP, of which undici wants a number that we say, and a class whose objects we never send.
  {
    by: 'undici',
    filter: /^node:http$/,
    contents: 'module.exports = { maxHeaderSize: 16384, IncomingMessage: class {} }',
  },
  // HTTP/2, which our connections don't offer, and with it all of fetch and Node's own HTTP/2; bodies that are forms.
  {
    by: 'undici',
    filter: /\/(client-h2|web\/fetch\/body)\.js$/,
    contents: `module.exports = () => { throw new Error('left out of the bundle') }`,
  },
  // It says what is wrong with undici, as long as nothing is. Node's loads the comparison of texts for that.
  {
    by: 'undici',
    filter: /^node:assert$/,
    contents: `
      const assert = (value, message) => { if (!value) require('node:assert')(value, message) }
      module.exports = new Proxy(assert, { get: (_, name) => require('node:assert')[name] })`,
  },
]

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
    for (const [number, { by, filter }] of unused.entries())
      onResolve({ filter }, ({ importer, namespace }) =>
        namespace !== 'unused' && importer.includes(`/node_modules/${by}/`)
          ? { path: String(number), namespace: 'unused' }
          : undefined,
      )
    onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      contents: unused[Number(path)].contents,
      resolveDir,
    }))
  },
}
