import assert from 'node:assert/strict'
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { type FolderSpool, folderSpool } from '../../src/outbox/spool.js'
import type { NewMail } from '../../src/sync/submission/filled-spool.js'
import { spoolConformance } from '../../testing/spool.js'
import { memorySpool } from '../world/memory-spool.js'

const startMs = Date.UTC(2026, 10, 28, 20)

interface Opened {
  readonly spool: FolderSpool
  readonly folder: string
  readonly wait: (ms: number) => void
}

async function openSpool(t: TestContext): Promise<Opened> {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-spool-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const folder = join(root, 'outbox')
  let nowMs = startMs
  return {
    folder,
    spool: folderSpool(folder, () => nowMs),
    wait: (ms) => {
      nowMs += ms
    },
  }
}

spoolConformance('A folder', openSpool)

spoolConformance('Memory', async () => {
  let nowMs = startMs
  return {
    spool: memorySpool({ now: () => nowMs }),
    wait: (ms) => {
      nowMs += ms
    },
  }
})

const mail: NewMail = {
  envelope: { from: 'ann@example.org', recipients: ['bob@example.net'] },
  urgent: false,
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

test('nobody but its owner can read the spool', async (t) => {
  const { spool, folder } = await openSpool(t)
  await spool.add(mail, bytesOf('secret'))
  const [file = ''] = readdirSync(folder)
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600)
})

test('a look makes no folder', async (t) => {
  const { spool, folder } = await openSpool(t)
  assert.deepEqual(await spool.list(), [])
  assert.throws(() => statSync(folder))
})

test('of two files of one name one is mail, and the other is named', async (t) => {
  const { spool, folder } = await openSpool(t)
  const names = [await spool.add(mail, bytesOf('one')), await spool.add(mail, bytesOf('two'))].sort()
  for (const name of names) copyFileSync(join(folder, `${name}.mail`), join(folder, `${name}.taken`))
  assert.deepEqual((await spool.list()).map(({ name }) => name).sort(), names)
  const strays = (await spool.look()).flatMap((each) => (each.kind === 'stray' ? [each.file] : []))
  assert.deepEqual(
    strays,
    names.map((name) => `${name}.taken`),
  )
})

test('a look tells until when a mail is held, if there is an end', async (t) => {
  const { spool } = await openSpool(t)
  const name = await spool.add(mail, bytesOf('one'))
  const held = async () =>
    (await spool.look()).map(
      (each) => each.kind === 'mail' && [each.state, 'untilMs' in each && each.untilMs],
    )
  await spool.hold(name, startMs + 5000)
  assert.deepEqual(await held(), [['held', startMs + 5000]])
  await spool.hold(name)
  assert.deepEqual(await held(), [['held', false]])
})

test('mail with times behind all dates is listed with the last ones, and waits', async (t) => {
  const { spool } = await openSpool(t)
  const notBeforeMs = 8.9e15
  await spool.add({ ...mail, notBeforeMs, heldUntil: startMs + 99_999_999 * 86_400_000 }, bytesOf('one'))
  const [entry] = await spool.look()
  assert.ok(entry?.kind === 'mail' && entry.state === 'held')
  assert.match(new Date(entry.untilMs ?? Number.NaN).toISOString(), /^2527/)
  assert.match(new Date(entry.mail.notBeforeMs ?? Number.NaN).toISOString(), /^9999/)
})

test('a file cut at any byte is named, never sent, and stops no other', async (t) => {
  const { spool, folder } = await openSpool(t)
  await spool.add(mail, bytesOf('Subject: whole\n\nbody\n'))
  const [whole = ''] = readdirSync(folder)
  const bytes = readFileSync(join(folder, whole))
  const cut = '00000000000a'
  for (let size = 0; size < bytes.length; size++) {
    writeFileSync(join(folder, `${cut}.mail`), bytes.subarray(0, size))
    const listed = await spool.list()
    assert.deepEqual(
      listed.map(({ name }) => `${name}.mail`),
      [whole],
      `cut at ${size}`,
    )
    const strays = (await spool.look()).filter(({ kind }) => kind === 'stray')
    assert.equal(strays.length, 1, `cut at ${size}`)
    assert.equal(await spool.open(cut), undefined)
    await assert.rejects(spool.read(cut), (error) => hasCode(error, 'MESSAGE_UNREADABLE'))
  }
  assert.ok(readdirSync(folder).includes(`${cut}.mail`), 'it stays')
})

test('a file with any byte changed is never opened', async (t) => {
  const { spool, folder } = await openSpool(t)
  const name = await spool.add(mail, bytesOf('Subject: whole\n\nbody\n'))
  const path = join(folder, `${name}.mail`)
  const bytes = readFileSync(path)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    writeFileSync(path, changed)
    assert.equal(await spool.open(name), undefined, `byte ${at}`)
    await assert.rejects(spool.read(name), (error) => hasCode(error, 'MESSAGE_UNREADABLE'), `byte ${at}`)
    assert.deepEqual(readdirSync(folder), [`${name}.mail`], `byte ${at}`)
  }
})

test('what is no mail of the spool is named and left alone: folders, links, drafts, files of others', async (t) => {
  const { spool, folder, wait } = await openSpool(t)
  const name = await spool.add(mail, bytesOf('x'))
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  writeFileSync(join(folder, 'known.json'), '{}')
  writeFileSync(join(folder, '000000000001.new'), 'half')
  utimesSync(join(folder, '000000000001.new'), startMs / 1000, startMs / 1000)
  mkdirSync(join(folder, '000000000002.mail'))
  symlinkSync('/etc/passwd', join(folder, '000000000003.mail'))
  writeFileSync(join(folder, `${name}.taken`), 'the same name')
  const before = readdirSync(folder)
  const strays = async (): Promise<string[]> =>
    (await spool.look()).flatMap((entry) => (entry.kind === 'stray' ? [entry.file] : [])).sort()
  const always = ['000000000002.mail', '000000000003.mail', `${name}.taken`, 'notes.txt']
  assert.deepEqual(await strays(), always, 'a draft may still be written')
  wait(3_600_001)
  assert.deepEqual(await strays(), ['000000000001.new', ...always])
  assert.deepEqual(
    (await spool.list()).map((each) => each.name),
    [name],
  )
  assert.deepEqual(readdirSync(folder), before)
})

test('of a hold and a sync at the same moment, one finds that the other was faster', async (t) => {
  const { spool } = await openSpool(t)
  for (let i = 0; i < 50; i++) {
    const name = await spool.add(mail, bytesOf('x'))
    const [opened, held] = await Promise.all([
      spool.open(name),
      spool.hold(name).then(
        () => true,
        () => false,
      ),
    ])
    assert.equal(opened === undefined, held)
    await opened?.close()
    await spool.remove(name)
  }
})

test('mail that no endpoint would take is listed as damaged, and holds up no other', async (t) => {
  const { spool, folder } = await openSpool(t)
  const good = await spool.add(mail, bytesOf('good'))
  const { envelope } = mail
  const many = Array.from({ length: 1001 }, (_, i) => `r${i}@example.org`)
  for (const bad of [
    { ...envelope, recipients: many },
    { ...envelope, recipients: many.slice(0, 999).map((each) => `${'x'.repeat(60)}${each}`) },
    { ...envelope, recipients: [`${'x'.repeat(1000)}@example.org`] },
    { ...envelope, recipients: ['bob\u009b2J@example.net'] },
    { ...envelope, from: 'ann\r@example.org' },
  ])
    await spool.add({ ...mail, envelope: bad }, bytesOf('bad'))
  assert.deepEqual(
    (await spool.list()).map(({ name }) => name),
    [good],
  )
  assert.equal((await spool.look()).filter(({ kind }) => kind === 'stray').length, 5)
  assert.equal(readdirSync(folder).length, 6)
})

test('what another user has put there is not sent', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can give files away')
  const { spool, folder } = await openSpool(t)
  const name = await spool.add(mail, bytesOf('x'))
  chownSync(folder, 1234, 1234)
  assert.equal((await spool.list()).length, 1, 'what root has put there is')
  chownSync(join(folder, `${name}.mail`), 1235, 1234)
  assert.deepEqual(await spool.list(), [])
  assert.equal(await spool.open(name), undefined)
  assert.deepEqual(
    (await spool.look()).map(({ kind }) => kind),
    ['stray'],
  )
})

test('what went with smaller pictures stays to be read, is no mail any more, and goes after 40 days', async (t) => {
  const { spool, folder, wait } = await openSpool(t)
  const past = Date.now() - startMs
  if (past > 0) wait(past)
  const take = async (): Promise<string> => {
    const name = await spool.add(mail, bytesOf('as it was'))
    await (await spool.open(name))?.close()
    await spool.setAside(name)
    return name
  }
  const name = await take()
  assert.deepEqual(readdirSync(folder), [`${name}.original`])
  assert.deepEqual(await spool.look(), [])
  assert.equal(await spool.open(name), undefined)
  assert.equal(await spool.read(name), undefined)
  await assert.rejects(spool.release(name), (error) => hasCode(error, 'NOT_FOUND'))
  const original = await spool.readOriginal(name)
  assert.equal(Buffer.from((await original?.read(0, 100)) ?? []).toString(), 'as it was')
  await original?.close()
  assert.equal(await spool.readOriginal('000000000000'), undefined)
  // Twice is as good as once.
  await spool.setAside(name)
  wait(39 * 86_400_000)
  const second = await take()
  assert.deepEqual(readdirSync(folder).sort(), [`${name}.original`, `${second}.original`].sort())
  wait(2 * 86_400_000)
  const third = await take()
  assert.deepEqual(readdirSync(folder), [])
  assert.equal(await spool.readOriginal(third), undefined)
})
