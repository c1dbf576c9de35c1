import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { AsideFolder, type AsideOptions } from '../../src/mailstore/aside-folder.js'
import { seededRandom } from '../world/random.js'

/** What lies in the folder of expunged messages: what its names say, how much of it stays, and how quickly it is listed. */

function makeFolder(
  t: TestContext,
  options: Partial<AsideOptions> = {},
): { readonly root: string; readonly folder: string; readonly aside: AsideFolder } {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-aside-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'expunged')
  const randomBytes = (size: number): Uint8Array => seededRandom(1).bytes(size)
  return { root, folder, aside: new AsideFolder(folder, { now: () => 1000, randomBytes, ...options }) }
}

function fileIn(root: string, text: string): string {
  const file = join(root, 'file')
  writeFileSync(file, text)
  return file
}

test('a file that is put aside is listed by its mailbox, and opened byte by byte', async (t) => {
  const { root, aside } = makeFolder(t)
  await aside.adoptFile(['Work', 'a.b', 'Grüße'], fileIn(root, 'Subject: one\n\none\n'))
  const [message] = await aside.list()
  assert.deepEqual(
    { ...message, name: '' },
    { name: '', mailbox: ['Work', 'a.b', 'Grüße'], atMs: 1000, sizeBytes: 18 },
  )
  const source = await aside.open(message?.name ?? '')
  assert.equal(new TextDecoder().decode(await source.read(0, 100)), 'Subject: one\n\none\n')
  await source.close()
  await aside.remove(message?.name ?? '')
  assert.deepEqual(await aside.list(), [])
  await assert.rejects(aside.open(message?.name ?? ''), { code: 'NOT_FOUND' })
})

test('a mailbox with a very long name is known by its beginning', async (t) => {
  const { root, folder, aside } = makeFolder(t)
  await aside.adoptFile(['Ü'.repeat(60), 'x'], fileIn(root, 'one'))
  assert.deepEqual((await aside.list())[0]?.mailbox, [`${'Ü'.repeat(12)}...`])
  assert.ok((readdirSync(folder)[0]?.length ?? 999) < 240)
})

test('what is too old goes, and the oldest of what takes too much room', async (t) => {
  let nowMs = 1_000_000
  const random = seededRandom(2)
  const bounds = { keepMs: 1000_000, mostBytes: 25 }
  const options = { now: () => nowMs, randomBytes: (size: number) => random.bytes(size), bounds }
  const { root, aside } = makeFolder(t, options)
  for (const text of ['a'.repeat(10), 'b'.repeat(10), 'c'.repeat(10)]) {
    await aside.adoptFile(['INBOX'], fileIn(root, text))
    nowMs += 100_000
  }
  await aside.trim()
  assert.deepEqual(
    (await aside.list()).map(({ atMs }) => atMs),
    [1_100_000, 1_200_000],
  )
  nowMs = 2_150_000
  await aside.adoptFile(['INBOX'], fileIn(root, 'd'))
  await aside.trim()
  assert.deepEqual(
    (await aside.list()).map(({ atMs }) => atMs),
    [1_200_000, 2_150_000],
  )
})

const dayMs = 86_400_000

test('what was put aside by a clock that was years behind stays when that is set right, and goes in time', async (t) => {
  let nowMs = 1000 * dayMs
  const random = seededRandom(2)
  const options = { now: () => nowMs, randomBytes: (size: number) => random.bytes(size) }
  const { root, folder, aside } = makeFolder(t, options)
  const agesThen = async (days: number, opened = new AsideFolder(folder, options)): Promise<number[]> => {
    nowMs = days * dayMs
    await opened.trim()
    return (await opened.list()).map(({ atMs }) => Math.round(days - atMs / dayMs))
  }
  await aside.adoptFile(['INBOX'], fileIn(root, 'by the right clock'))
  nowMs = 100 * dayMs
  await aside.adoptFile(['INBOX'], fileIn(root, 'by the wrong one'))
  assert.deepEqual(await agesThen(1001), [15, 0])
  assert.deepEqual(await agesThen(1016), [30, 15])
  assert.deepEqual(await agesThen(1017), [16])
  // A clock that runs on meanwhile: a run every month must not keep them for ever.
  const running = new AsideFolder(folder, options)
  await agesThen(1018, running)
  await running.adoptFile(['INBOX'], fileIn(root, 'another'))
  assert.deepEqual(await agesThen(3000, running), [15])
  assert.deepEqual(await agesThen(3031), [30])
  assert.deepEqual(await agesThen(3062), [])
})

test('names of earlier versions are understood, and what was half written is not', async (t) => {
  const { root, folder, aside } = makeFolder(t)
  await aside.adoptFile(['INBOX'], fileIn(root, 'one'))
  writeFileSync(join(folder, '900.%5B%22INBOX%22%5D.1700000000.M1P2.host'), 'older')
  writeFileSync(join(folder, '950-5.%5B%22INBOX%22%5D.00.draft'), 'torn')
  assert.deepEqual(
    (await aside.list()).map(({ atMs, sizeBytes }) => [atMs, sizeBytes]),
    [
      [900, 5],
      [1000, 3],
    ],
  )
})
