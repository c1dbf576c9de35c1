import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Script } from 'node:vm'
import { openParts } from '../../src/start/parts.js'
import { start } from '../../src/start/start.js'
import { packParts } from './pack-parts.js'

const require = createRequire(import.meta.url)

/** Without a place where code could be kept. */
const started = (folder: string, name: string): unknown =>
  start({ folder, require, process: { ...process, env: {} } as NodeJS.Process }, name)

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
  const program = started(folder, 'program') as { all(): unknown }
  assert.deepEqual(program.all(), ['a', join('a', 'program')])
})

test('where a part fails is told by its line in the file', async (t) => {
  const folder = await built(t, { 'a.js': '\n\n', 'b.js': '\nthrow new Error("here")' })
  assert.throws(
    () => started(folder, 'b'),
    ({ stack }: Error) => {
      assert.ok(stack?.includes(`${join(folder, 'parts.js')}:6:7`), stack)
      return true
    },
  )
})

test('several parts are one list, each on its lines of the file', async (t) => {
  const files = { 'a.js': 'a', 'b.js': '\n\n', 'c.js': 'c', 'd.js': 'd\n' }
  const folder = await built(t, files)
  const whole = readFileSync(join(folder, 'parts.js'), 'latin1').split('\n')
  const parts = openParts(folder)
  for (const names of [['a'], ['c'], ['a', 'c'], ['d', 'b'], ['c', 'd', 'a'], ['a', 'b', 'c', 'd']]) {
    const list = parts.readList(names)
    assert.deepEqual(list.names, [...names].sort())
    assert.equal((new Script(list.text).runInThisContext() as unknown[]).length, names.length)
    const lines = list.text.split('\n')
    for (const [at, line] of lines.entries()) {
      const bare = line.replace(/^\[|[,;\]]+$/g, '')
      assert.ok(bare === '' || bare === whole[at]?.replace(/;$/, ''), `${names}: line ${at} is ${line}`)
    }
    for (const name of names) assert.ok(list.text.includes(parts.read(name).text))
  }
  assert.throws(() => parts.readList(['a', 'none']), /no part none/)
})

test('a part that is not there, and a file that was cut, are errors', async (t) => {
  const folder = await built(t, { 'a.js': 'exports.one = 1' })
  assert.throws(() => started(folder, 'b'), /no part b/)
  truncateSync(join(folder, 'parts.js'), 20)
  assert.throws(() => started(folder, 'a'), /shorter than it was built/)
})

test('parts are what a file of ASCII can hold, each with a name of its own', async (t) => {
  await assert.rejects(built(t, { 'a.js': 'exports.one = "\u00e9"' }), /beyond ASCII/)
  await assert.rejects(built(t, { 'a.js': '', 'b/a.js': '' }), /two parts are called a/)
})
