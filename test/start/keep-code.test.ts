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
import { noteModules } from '../../src/start/node-modules.js'
import { openParts } from '../../src/start/parts.js'
import { temporaryDirectory } from '../store/temporary-directory.js'
import { packParts } from './pack-parts.js'

const require = createRequire(import.meta.url)
const named = { name: 'sync-01234567', key: 'a program' }

interface Kept {
  /** A run that uses these parts beside `program`. */
  run(used: readonly string[], exit?: number, atEnd?: () => void): void
  /** Modules and packages that were asked for since. */
  asked(): readonly string[]
  /** What is kept now: the parts, and how many bytes of code. */
  kept(): { readonly parts: readonly string[]; readonly size: number | undefined }
  read(): KeptCode
  write(code: KeptCode): void
  readonly file: string
  /** Identifies the file: writing it anew makes another one. */
  made(): string
}

async function makeProgram(t: TestContext): Promise<Kept> {
  const root = temporaryDirectory()
  t.after(() => root.remove())
  const files = [
    { path: 'one.js', text: 'exports.word = () => "one"' },
    { path: 'program.js', text: 'exports.say = (part) => "I say " + require("./" + part + ".js").word()' },
    { path: 'unused.js', text: 'This is no JavaScript' },
    { path: 'two.js', text: 'exports.word = () => "two"' },
    { path: 'three.js', text: 'exports.word = () => require("node:path") && require("yauzl") && "three"' },
  ]
  await packParts(files, root.path)
  const folder = { path: join(root.path, 'cache'), uid: process.geteuid?.() }
  const file = join(folder.path, `${named.name}.code`)
  const parts = openParts(root.path)
  let runs = 0
  const asked: string[] = []
  const given = ((name: string) => {
    asked.push(name)
    return require(name)
  }) as NodeJS.Require
  const read = (): KeptCode => {
    const bytes = readCode(folder, named.name)
    return (bytes && decodeCode(bytes, named.key)) ?? assert.fail('nothing is kept')
  }
  return {
    file,
    run: (used, exit = 0, atEnd = () => undefined) => {
      const ran = Object.assign(new EventEmitter(), { versions: { node: '20.19.0' } })
      const modules = noteModules(given)
      // V8 remembers what it compiled in this process, by the file's name.
      const ofRun = { ...parts, file: `${parts.file}-${runs++}` }
      const compile = keepCode(ofRun, folder, named, modules, ran as unknown as NodeJS.Process)
      const program = loadParts(compile, modules.load)('program') as { say(part: string): string }
      for (const part of used) assert.equal(program.say(part), `I say ${part}`)
      atEnd()
      ran.emit('exit', exit)
    },
    asked: () => asked.splice(0),
    read,
    kept: () => ({ parts: read().parts, size: read().code?.bytes.length }),
    write: (code) => writeFileSync(file, encodeCode(named.key, code), { mode: 0o600 }),
    made: () => `${statSync(file).ino} ${statSync(file).mtimeMs}`,
  }
}

test('the first run leaves the names of its parts, the second their code, and later ones take that', async (t) => {
  const { run, kept, made } = await makeProgram(t)
  run(['one'])
  assert.deepEqual(kept(), { parts: ['program', 'one'], size: undefined })
  run(['one'])
  assert.ok((kept().size ?? 0) > 100)
  const before = made()
  run(['one'])
  run([])
  assert.equal(made(), before)
})

test('a part that is new begins it again', async (t) => {
  const { run, kept } = await makeProgram(t)
  for (const each of [['one'], ['one'], ['two']]) run(each)
  assert.deepEqual(kept(), { parts: ['program', 'one', 'two'], size: undefined })
  run(['two', 'one'])
  assert.deepEqual(kept().parts, ['program', 'one', 'two'])
  assert.ok(kept().size)
})

test('the code has the functions that a run used, and those of one that failed are added to', async (t) => {
  const { run, kept, made } = await makeProgram(t)
  run(['one'])
  run([], 5)
  const { size = 0 } = kept()
  const before = made()
  run(['one'], 5)
  assert.equal(made(), before)
  run(['one'])
  assert.ok((kept().size ?? 0) > size)
})

test('the modules of Node that a run used are loaded first when its code is taken', async (t) => {
  const { run, asked, read } = await makeProgram(t)
  run(['three'])
  run(['three'])
  asked()
  run([])
  assert.deepEqual(asked(), ['node:path'])
  assert.deepEqual(read().code?.modules, ['node:path'])
})

test('code that V8 does not take is made anew', async (t) => {
  const { run, read, write, made } = await makeProgram(t)
  run(['one'])
  run(['one'])
  const { parts, code } = read()
  // V8's own name for its version and flags, in the second word.
  code?.bytes.writeUInt8(code.bytes.readUInt8(4) ^ 1, 4)
  write({ parts, ...(code && { code }) })
  const damaged = made()
  run(['one'])
  const before = made()
  assert.notEqual(before, damaged)
  run(['one'])
  assert.equal(made(), before)
})

test('code of a run that set flags of V8 is not kept, unless they are as they were', async (t) => {
  const { run, kept } = await makeProgram(t)
  run(['one'])
  try {
    run(['one'], 0, () => setFlagsFromString('--semi-space-growth-factor=1'))
    assert.equal(kept().size, undefined)
  } finally {
    setFlagsFromString('--semi-space-growth-factor=2')
  }
  run(['one'])
  assert.ok(kept().size)
})

test('a run that was no command, or was stopped, leaves nothing; one that failed does', async (t) => {
  const { run, file } = await makeProgram(t)
  for (const exit of [2, 130, 143]) run(['one'], exit)
  assert.ok(!existsSync(file))
  run(['one'], 5)
  assert.ok(existsSync(file))
})
