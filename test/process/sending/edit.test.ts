import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { folderSpool } from '../../../src/outbox/spool.js'
import { describeRun, lastEvent, type RunResult, runProgram } from '../../world/process/program.js'

/** Mail that is only here yet is changed, or taken back, with no endpoint anywhere. */

function makeSender(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-edit-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const data = join(home, 'data')
  for (const folder of [data, ...['cur', 'new', 'tmp'].map((each) => join(home, 'Maildir', each))])
    mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(data, 'client.toml'),
    `config_version = 1\nendpoint = "x"\nmaildir = "${join(home, 'Maildir')}"\nsendFrom = "ann@x.org"\n`,
  )
  const spool = folderSpool(join(data, 'outbox'), Date.now)
  return {
    data,
    spool,
    queue: async (text: string, ...args: string[]) => {
      const words = ['sendmail', '-v', '--data', data, ...args]
      const { stdout, ...ran } = await runProgram(words, { home, stdin: text })
      const name = /Queued as (\w+)/.exec(stdout + ran.stderr)?.[1]
      assert.ok(name, describeRun(words, { stdout, ...ran }))
      return name
    },
    /** `outbox ARGS`, where the editor does this with its file, `$1`. */
    outbox: async (code: number, args: readonly string[], editor = ''): Promise<RunResult> => {
      const script = join(home, 'editor')
      writeFileSync(script, `#!/bin/sh\n${editor}\n`, { mode: 0o755 })
      const words = ['outbox', ...args, '--data', data, '--json']
      const env = { VISUAL: '', EDITOR: editor === '' ? '' : script }
      const result = await runProgram(words, { home, env })
      assert.equal(result.code, code, describeRun(words, result))
      return result
    },
    waiting: async () => {
      const all = await spool.look()
      assert.equal(all.length, 1, JSON.stringify(all))
      const [entry] = all
      assert.ok(entry?.kind === 'mail')
      const opened = await spool.read(entry.mail.name)
      assert.ok(opened)
      const text = Buffer.from(await opened.read(0, opened.size)).toString()
      await opened.close()
      return { ...entry, text }
    },
    drafts: () => readdirSync(data).filter((each) => each.startsWith('outbox-')),
  }
}

const letter = 'From: ann@x.org\nTo: bob@x.org, cat@x.org\nSubject: tide\nX-Priority: 1\n\nAt six.\n'

test('a mail is changed in the editor, held meanwhile, and goes to whom it then says', async (t) => {
  const { data, queue, outbox, waiting, drafts } = makeSender(t)
  const name = await queue(letter, '-N', 'never', '--at', '2 h', 'bob@x.org', 'cat@x.org', 'eve@x.org')
  const before = await waiting()
  const changed = `ls ${data}/outbox > ${data}/seen; stat -c %a "$1" >> ${data}/seen; sed -i 's/bob@/dan@/; s/At six/At seven/; /^X-Priority/d' "$1"`
  const result = await outbox(0, ['edit', name.slice(-5)], changed)
  assert.match(readFileSync(join(data, 'seen'), 'utf8'), new RegExp(`${name}.held\n600\n`))
  const { mail, state, text } = await waiting()
  assert.equal(
    text,
    before.text.replace('bob@', 'dan@').replace('six', 'seven').replace('X-Priority: 1\n', ''),
  )
  assert.deepEqual(
    [mail.envelope, mail.notBeforeMs, mail.urgent, state],
    [
      { from: 'ann@x.org', recipients: ['cat@x.org', 'eve@x.org', 'dan@x.org'], notify: ['never'] },
      before.mail.notBeforeMs,
      false,
      'ready',
    ],
  )
  assert.notEqual(mail.name, name)
  assert.equal(lastEvent(result)['name'], mail.name)
  assert.deepEqual(drafts(), [])
})

test('what is not changed stays as it was, in whichever state', async (t) => {
  const { queue, outbox, waiting, drafts, spool } = makeSender(t)
  const name = await queue(letter, '-t')
  const before = await waiting()
  await outbox(0, ['edit', name], 'true')
  assert.deepEqual(await waiting(), before)
  for (const [untilMs, editor] of [
    [undefined, 'rm "$1"'],
    [4_000_000_000_000, ': > "$1"'],
  ] as const) {
    await spool.hold(name, untilMs)
    const held = await waiting()
    assert.equal(held.untilMs, untilMs)
    await outbox(0, ['edit', name], editor)
    assert.deepEqual(await waiting(), held)
  }
  await outbox(0, ['edit', name], `echo 'And seven.' >> "$1"`)
  const changed = await waiting()
  assert.deepEqual([changed.text, changed.untilMs], [`${before.text}And seven.\n`, 4_000_000_000_000])
  assert.deepEqual(drafts(), [])
})

test('what is wrong with a changed mail is said, and it is held until it is right or released', async (t) => {
  const { data, queue, outbox, waiting, drafts } = makeSender(t)
  const name = await queue(letter, '-t')
  const { text } = await waiting()
  const wrong = await outbox(1, ['edit', name], `sed -i 's/bob@x.org/bob x@y z@y/; s/six/nine/' "$1"`)
  assert.match(wrong.stdout + wrong.stderr, /no mail address[\s\S]*held/)
  assert.deepEqual([(await waiting()).text, (await waiting()).state], [text, 'held'])
  assert.deepEqual(drafts(), [`outbox-${name}.eml`])
  assert.equal(statSync(join(data, `outbox-${name}.eml`)).mode & 0o777, 0o600)
  for (const [code, how] of [
    [3, 'exit 3'],
    [1, `sed -i '/^To:/d' "$1"`],
  ] as const)
    await outbox(code, ['edit', name], how)
  await outbox(0, ['edit', name], `sed -i 's/^Subject/To: dan@x.org\\nSubject/' "$1"`)
  const after = await waiting()
  assert.match(after.text, /^To: dan@x.org\nSubject: tide[\s\S]*At nine/m)
  assert.deepEqual([after.mail.envelope.recipients, after.state], [['dan@x.org'], 'held'])
  assert.deepEqual(drafts(), [])
})

test('changes that were not taken go with their mail when it is cancelled, and are named when it is released', async (t) => {
  const { queue, outbox, spool, drafts } = makeSender(t)
  const names = [await queue(letter, '-t'), await queue(letter, '-t')]
  for (const name of names) await outbox(3, ['edit', name], `echo 'And seven.' >> "$1"; exit 3`)
  const [first = '', second = ''] = names
  assert.deepEqual(drafts().sort(), names.map((name) => `outbox-${name}.eml`).sort())
  await outbox(0, ['cancel', first])
  assert.deepEqual(drafts(), [`outbox-${second}.eml`])
  const released = await outbox(0, ['release', second])
  assert.match(
    released.stdout + released.stderr,
    new RegExp(`changes in .*outbox-${second}.eml were not taken`),
  )
  assert.deepEqual(drafts(), [`outbox-${second}.eml`])
  assert.deepEqual(
    (await spool.list()).map(({ name }) => name),
    [second],
  )
})

test('without an editor, and of what a sync has taken, it says so', async (t) => {
  const { queue, outbox, waiting, spool, drafts } = makeSender(t)
  const name = await queue(letter, '-t')
  const none = await outbox(2, ['edit', name])
  assert.match(none.stdout + none.stderr, /no terminal/)
  assert.equal((await waiting()).state, 'ready')
  await (await spool.open(name))?.close()
  await outbox(4, ['edit', name], 'true')
  assert.equal((await waiting()).state, 'taken')
  assert.deepEqual(drafts(), [])
})
