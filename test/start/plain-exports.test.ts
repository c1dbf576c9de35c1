import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'

/** The build is no TypeScript, and is loaded from where it lies. */
const builder = new URL('../../scripts/build/plain-exports.mjs', import.meta.url).href
const { plainExports } = (await import(builder)) as {
  plainExports(file: { readonly path: string; readonly text: string }): { readonly text: string }
}

/** As esbuild writes a file with these exports. */
const written = (exported: Readonly<Record<string, string>>, body: string): string => `"use strict";
var file_exports = {};
__export(file_exports, {
${Object.entries(exported)
  .map(([name, value]) => `  ${name}: () => ${value}`)
  .join(',\n')}
});
module.exports = __toCommonJS(file_exports);
${body}`

function exportsOf(text: string, more: object = {}): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> }
  runInNewContext(plainExports({ path: 'file.js', text }).text, { module, ...more })
  return module.exports
}

const isPlain = (exported: object, name: string): boolean =>
  Object.getOwnPropertyDescriptor(exported, name)?.get === undefined

test('what stands for the same thing from when a file has run is exported as it is', () => {
  const file = exportsOf(
    written(
      { size: 'size', say: 'say', later: 'later', list: 'list', Thing: 'Thing', default: 'file_default' },
      `
var size = 3;
function say() { return say2 === size; }
var say2 = say;
async function later() {}
function* list() {}
var Thing = class { breadth = 4 };
var file_default = { size };
`,
    ),
  )
  assert.deepEqual(Object.keys(file), ['size', 'say', 'later', 'list', 'Thing', 'default'])
  for (const name of Object.keys(file)) assert.ok(isPlain(file, name), name)
  assert.equal(file['size'], 3)
})

test('what a file changes later, or has from another, is shown as it then is', () => {
  const import_other = { name: 'first' }
  const file = exportsOf(
    written(
      { count: 'count', more: 'more', made: 'made', next: 'next', name: 'import_other.name' },
      `
var count = 0;
var more = 1;
var made;
function next() { count++; more += 2; made = "made"; }
`,
    ),
    { import_other },
  )
  for (const name of ['count', 'more', 'made', 'name']) assert.ok(!isPlain(file, name), name)
  ;(file['next'] as () => void)()
  import_other.name = 'second'
  assert.deepEqual([file['count'], file['more'], file['made'], file['name']], [1, 3, 'made', 'second'])
})

test('a part that is loaded later is not copied, and a package is', () => {
  const text = 'var a = () => __toESM(require("./part.js"));\nvar b = () => __toESM(require("package"));\n'
  assert.equal(
    plainExports({ path: 'file.js', text }).text,
    'var a = () => require("./part.js");\nvar b = () => __toESM(require("package"));\n',
  )
})

test('a build that writes its exports otherwise ends here', () => {
  for (const text of [
    'module.exports = __toCommonJS(file_exports);\n',
    written({ made: 'make()' }, 'function make() {}\n'),
  ])
    assert.throws(
      () => plainExports({ path: 'file.js', text }),
      /file\.js exports in a way that isn't known here/,
    )
})
