import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { start } from '../../src/start/start.js'

const require = createRequire(import.meta.url)
const builder = new URL('../../scripts/build/pack-parts.mjs', import.meta.url).href
const { packParts } = (await import(builder)) as {
  packParts(files: readonly { path: string; text: string }[], folder: string): Promise<void>
}

async function built(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-parts-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  await packParts(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    folder,
  )
  return folder
}

test('parts load each other, those that go in a circle too, and run once', async (t) => {
  const folder = await built(t, {
    'program.js': 'exports.name = "program"; exports.all = require("./shared/a.js").all',
    'shared/a.js': 'exports.name = "a"; exports.all = () => [exports.name, require("./b.js").names()]',
    'shared/b.js': `
      const [a, program, { join }] = [require("./a.js"), require("../program.js"), require("node:path")]
      exports.names = () => join(a.name, program.name)`,
  })
  const program = start({ folder, require }, 'program') as { all(): unknown }
  assert.deepEqual(program.all(), ['a', join('a', 'program')])
})

test('where a part fails is told by its line in the file', async (t) => {
  const folder = await built(t, { 'a.js': '\n\n', 'b.js': '\nthrow new Error("here")' })
  assert.throws(
    () => start({ folder, require }, 'b'),
    ({ stack }: Error) => {
      assert.ok(stack?.includes(`${join(folder, 'parts.js')}:6:7`), stack)
      return true
    },
  )
})

test('a part that is not there, and a file that was cut, are errors', async (t) => {
  const folder = await built(t, { 'a.js': 'exports.one = 1' })
  assert.throws(() => start({ folder, require }, 'b'), /no part b/)
  truncateSync(join(folder, 'parts.js'), 20)
  assert.throws(() => start({ folder, require }, 'a'), /shorter than it was built/)
})

test('parts are what a file of ASCII can hold, each with a name of its own', async (t) => {
  await assert.rejects(built(t, { 'a.js': 'exports.one = "\u00e9"' }), /beyond ASCII/)
  await assert.rejects(built(t, { 'a.js': '', 'b/a.js': '' }), /two parts are called a/)
})
