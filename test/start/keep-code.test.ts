import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { readCode } from '../../src/start/code-folder.js'
import { decodeCode, encodeCode, type KeptCode } from '../../src/start/code-format.js'
import { keepCode } from '../../src/start/keep-code.js'
import { loadParts } from '../../src/start/load-parts.js'
import { openParts } from '../../src/start/parts.js'
import { temporaryDirectory } from '../store/temporary-directory.js'
import { packParts } from './pack-parts.js'

const require = createRequire(import.meta.url)
const named = { name: 'sync-01234567', key: 'a program' }
const all = ['program', 'one', 'two']

interface Kept {
  /** A run that uses these parts beside `program`. Gives the parts whose code V8 took from an earlier one. */
  run(used: readonly string[], exit?: number, atEnd?: () => void): readonly string[]
  read(): KeptCode | undefined
  write(code: KeptCode): void
  readonly file: string
  /** Which file it is: one that is written anew is another. */
  made(): string
}

async function makeProgram(t: TestContext): Promise<Kept> {
  const root = temporaryDirectory()
  t.after(() => root.remove())
  const files = [
    { path: 'program.js', text: 'exports.say = (part) => "I say " + require("./" + part + ".js").word()' },
    { path: 'one.js', text: 'exports.word = () => "one"' },
    { path: 'two.js', text: 'exports.word = () => "two"' },
  ]
  await packParts(files, root.path)
  const folder = { path: join(root.path, 'cache'), uid: process.geteuid?.() }
  const file = join(folder.path, `${named.name}.code`)
  const parts = openParts(root.path)
  let runs = 0
  return {
    file,
    run: (used, exit = 0, atEnd = () => undefined) => {
      const ran = new EventEmitter()
      // V8 remembers what it compiled in this process, by the file's name.
      const ofRun = { ...parts, file: `${parts.file}-${runs++}` }
      const compile = keepCode(ofRun, folder, named, ran as NodeJS.Process)
      const program = loadParts(compile, require)('program') as { say(part: string): string }
      for (const part of used) assert.equal(program.say(part), `I say ${part}`)
      const taken = ['program', ...used].filter((part) => compile(part).cachedDataRejected === false)
      atEnd()
      ran.emit('exit', exit)
      return taken
    },
    read: () => {
      const bytes = readCode(folder, named.name)
      return bytes && decodeCode(bytes, named.key)
    },
    write: (code) => writeFileSync(file, encodeCode(named.key, code), { mode: 0o600 }),
    made: () => `${statSync(file).ino} ${statSync(file).mtimeMs}`,
  }
}

test('a run takes the code of the last one, and adds that of parts that are new', async (t) => {
  const { run, read, made } = await makeProgram(t)
  assert.deepEqual(run(['one']), [])
  assert.deepEqual([...(read()?.parts.keys() ?? [])], ['program', 'one'])
  assert.deepEqual(run(['one', 'two']), ['program', 'one'])
  assert.deepEqual([...(read()?.parts.keys() ?? [])], all)
  const before = made()
  assert.deepEqual(run(['two', 'one']), ['program', 'two', 'one'])
  assert.deepEqual(run([]), ['program'])
  assert.equal(made(), before)
})

test('the code has the functions that a run used, not only what runs at once', async (t) => {
  const { run, read } = await makeProgram(t)
  run([])
  const size = read()?.parts.get('program')?.length ?? 0
  run(['one'])
  assert.ok((read()?.parts.get('program')?.length ?? 0) > size)
})

test('code that V8 does not take is made anew', async (t) => {
  const { run, read, write } = await makeProgram(t)
  run(['one'])
  const { tag, parts } = read() ?? assert.fail()
  // V8's own name for its version and flags, in the second word.
  for (const part of parts.values()) part.writeUInt8(part.readUInt8(4) ^ 1, 4)
  write({ tag, parts })
  assert.deepEqual(run(['one']), [])
  assert.deepEqual(run(['one']), ['program', 'one'])
})

test('code of a run that set flags of V8 is not kept, unless they are as they were', async (t) => {
  const { run, file } = await makeProgram(t)
  try {
    run(['one'], 0, () => setFlagsFromString('--semi-space-growth-factor=1'))
    assert.ok(!existsSync(file))
  } finally {
    setFlagsFromString('--semi-space-growth-factor=2')
  }
  run(['one'])
  assert.ok(existsSync(file))
})

test('a run that was no command, or was stopped, keeps nothing; one that failed does', async (t) => {
  const { run, file } = await makeProgram(t)
  for (const exit of [2, 130, 143]) run(['one'], exit)
  assert.ok(!existsSync(file))
  run(['one'], 5)
  assert.ok(existsSync(file))
})
