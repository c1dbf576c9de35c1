import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { runProgram } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** The code that V8 made in a run is kept for the next one of the same command: test/start has the rest of it. */

interface Home {
  readonly home: string
  readonly folder: string
  /** Runs it as often, and looks how it went. */
  help(env?: Readonly<Record<string, string>>, times?: number): Promise<void>
  /** What is kept for `--help`. */
  file(): string
}

function makeHome(t: TestContext): Home {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-kept-code-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const folder = join(home, 'cache/packetboat')
  return {
    home,
    folder,
    help: async (env = {}, times = 1) => {
      for (; times > 1; times--) await runProgram(['--help'], { home, env })
      const { code, stdout, stderr } = await runProgram(['--help'], { home, env })
      assert.equal(code, 0, stderr)
      assert.equal(stderr, '')
      assert.match(stdout, /Keeps mail in step[\s\S]*sync/)
    },
    file: () => {
      const [name = '', ...more] = readdirSync(folder)
      assert.match(name, /^help-[0-9a-f]{8}\.code$/)
      assert.deepEqual(more, [])
      return join(folder, name)
    },
  }
}

/** Identifies the file: writing it anew makes another one. */
const made = (file: string): string => `${statSync(file).ino} ${statSync(file).mtimeMs}`

test('two runs leave their code, and the next one takes it as it is', async (t) => {
  const { help, file } = makeHome(t)
  await help()
  const first = statSync(file()).size
  await help()
  assert.ok(statSync(file()).size > 20 * first)
  const before = made(file())
  assert.equal(statSync(file()).mode & 0o777, 0o600)
  await help()
  assert.equal(made(file()), before)
})

test('code that was damaged, cut or replaced is made anew', async (t) => {
  const { help, file } = makeHome(t)
  await help({}, 2)
  const whole = readFileSync(file())
  const middle = Math.floor(whole.length / 2)
  const flipped = Buffer.from(whole)
  flipped.writeUInt8(flipped.readUInt8(middle) ^ 8, middle)
  for (const bytes of [flipped, whole.subarray(0, middle), Buffer.alloc(0), Buffer.alloc(9000, 'mail')]) {
    writeFileSync(file(), bytes)
    await help()
    await help()
    assert.ok(Math.abs(statSync(file()).size - whole.length) < whole.length / 10)
    const before = made(file())
    await help()
    assert.equal(made(file()), before)
  }
})

test('a run under other flags of V8 has code of its own', async (t) => {
  const { help, folder, file } = makeHome(t)
  await help({}, 2)
  const before = made(file())
  await help({ NODE_OPTIONS: '--max-old-space-size=200' }, 2)
  await help()
  const files = readdirSync(folder)
  assert.equal(files.length, 2)
  assert.ok(files.some((name) => made(join(folder, name)) === before))
})

test('runs at once each come to their end, and one of them leaves its code', async (t) => {
  const { help, file } = makeHome(t)
  for (let round = 0; round < 2; round++) await Promise.all([help(), help(), help(), help()])
  const before = made(file())
  await help()
  assert.equal(made(file()), before)
})

test('where nothing can be kept everything runs as it does', async (t) => {
  const { home, help, folder } = makeHome(t)
  writeFileSync(join(home, 'cache'), 'a file where the folder would be')
  await help()
  rmSync(join(home, 'cache'))
  await help({ NODE_DISABLE_COMPILE_CACHE: '1' })
  assert.deepEqual(readdirSync(home), [])
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o777)
  await help()
  assert.equal(statSync(folder).mode & 0o777, 0o700)
})

test('what a sync sets of V8 keeps none of its code from the next one', async (t) => {
  const world = await makeWorld(t)
  const folder = join(world.root, 'home/cache/packetboat')
  const sync = async (): Promise<string[]> => {
    const { code, stderr } = await world.startSync().ended
    assert.equal(code, 0, stderr)
    const files = readdirSync(folder).filter((name) => name.startsWith('sync-'))
    return files.map((name) => made(join(folder, name)))
  }
  const first = await sync()
  assert.equal(first.length, 1)
  // A sync that finds nothing may use parts that the first one didn't.
  for (let run = 0; run < 3; run++) await sync()
  const before = await sync()
  assert.deepEqual(await sync(), before)
  const [size = 0] = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  assert.ok(size > 500_000, `${size} bytes`)
})
