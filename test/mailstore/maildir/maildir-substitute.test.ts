import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { openMaildir } from '../../../src/mailstore/maildir/maildir.js'
import { openReplica } from '../../../src/replica/replica.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import { type Account, exclusiveQueue } from '../../../src/sync/account.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { MailStore } from '../../../src/sync/mail-store.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { diskWork } from '../../../src/sync/write/disk-work.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, sha256 } from '../../world/side.js'

test('files of a Maildir that cannot be read: a text stands for each, and they are marked, moved and deleted with it', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'packetboat-substitute-'))
  t.after(() => rmSync(base, { recursive: true, force: true }))
  const root = join(base, 'mail')
  const sound = await openMaildir(root, {
    names: 'mutf7',
    now: Date.now,
    randomBytes: (size) => randomBytes(size),
    create: true,
    tickMs: 0,
  })
  await sound.createMailbox(['Work'])
  const subjects = ['marked', 'moved', 'copied', 'deleted']
  for (const subject of subjects)
    writeFileSync(
      join(root, 'cur', `1700000000.${subject}.host:2,`),
      `Subject: ${subject}\n\nThe mail itself.\n`,
    )
  let ill = true
  // Permissions mean nothing to root, under whom tests may run.
  const mailStore: MailStore = Object.assign(Object.create(sound) as MailStore, {
    open: async (...args: Parameters<MailStore['open']>) => {
      if (ill && /^1700000000/.test(args[1]))
        throw new PacketboatError('MESSAGE_UNREADABLE', `${args[1]} can't be read (EACCES).`, 'See to it.')
      return sound.open(...args)
    },
  })
  const account: Account = {
    replica: await openReplica({
      db: openDatabase(new MemoryStore()),
      hasUpstream: false,
      now: Date.now,
      randomBytes: (size) => randomBytes(size),
    }),
    mailStore,
    createHash: sha256,
    codec: await loadZstd(),
    guard: { share: 1, least: 100 },
    diskWork,
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
  }
  const client = await makeSide('client', { hasUpstream: true, random: seededRandom(1) })
  const link = memoryLink(() => account)
  const run = () => sync(client.account, { link, policy: defaultPolicy })
  const there = (folder: string): string[] =>
    ['cur', 'new']
      .flatMap((part) => readdirSync(join(root, folder, part)).map((name) => join(root, folder, part, name)))
      .map(
        (file) =>
          `${/Subject: (.*)/.exec(readFileSync(file, 'utf8'))?.[1]} ${/,(\w*)$/.exec(file)?.[1] ?? ''}`,
      )
      .sort()
  await run()
  const texts = client.mail.snapshot().get('INBOX') ?? []
  assert.equal(texts.length, 4)
  const of = (subject: string) =>
    texts.find(({ bytes }) => Buffer.from(bytes).includes(`Message: 1700000000.${subject}.host\n`)) ??
    assert.fail(subject)
  const { person } = client.mail
  const { locator, flags } = of('marked')
  person.setFlags(['INBOX'], locator, [...flags, '\\Flagged'])
  person.move(['INBOX'], of('moved').locator, ['Work'])
  person.copy(['INBOX'], of('copied').locator, ['Work'])
  person.remove(['INBOX'], of('deleted').locator)
  await run()
  assert.deepEqual(there(''), ['copied ', 'marked F'])
  assert.deepEqual(there('.Work'), ['copied ', 'moved '])
  assert.equal((await sound.aside.list()).length, 1)
  assert.deepEqual(new Set(readdirSync(root).filter((name) => name === 'dovecot-keywords')), new Set())
  ill = false
  for (let round = 0; round < 2; round++) await run()
  const here = (name: string): string[] =>
    (client.mail.snapshot().get(name) ?? [])
      .map(({ bytes }) => /Subject: (.*)/.exec(Buffer.from(bytes).toString('utf8'))?.[1] ?? '?')
      .sort()
  assert.deepEqual(here('INBOX'), ['copied', 'marked'])
  assert.deepEqual(here('Work'), ['copied', 'moved'])
  assert.deepEqual(there(''), ['copied ', 'marked F'])
  assert.equal((await run()).problems, 0)
})
