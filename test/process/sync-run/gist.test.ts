import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import sharp from 'sharp'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { makeZip } from '../../gist/make-zip.js'
import { base64Lines } from '../../world/letter.js'
import { makeWorld } from '../../world/process/world.js'

/** What comes in the place of what is big, over a link that is said to be slow, and then over another. */

const header = 'From: Harbour <news@harbour.example>\nMIME-Version: 1.0'

const messageOf = (text: string): FixtureMessage => ({
  mailbox: ['INBOX'],
  flags: [],
  internalDateMs: Date.now(),
  bytes: new TextEncoder().encode(`${header}\n${text}`),
})

/** A line of text, and a file with it. */
const withFile = (type: string, name: string, file: Buffer): FixtureMessage =>
  messageOf(
    `Subject: File\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere it is.\n--b\nContent-Type: ${type}; name=${name}\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=${name}\n\n${file
      .toString('base64')
      .replace(/.{76}/g, '$&\n')}\n--b--\n`,
  )

/** A device of an endpoint with this message, which syncs over a slow link once; `name` is the message's. */
async function holdSlowly(
  t: TestContext,
  mail: FixtureMessage,
  ...settings: readonly (readonly [string, string])[]
) {
  const world = await makeWorld(t, { mail: [mail] })
  const tryRun = (...words: readonly string[]) => world.command([...words, '--data', world.data])
  const run = async (...words: readonly string[]) => {
    const ran = await tryRun(...words)
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  for (const [name, value] of settings) await run('config', 'set', name, value)
  await run('sync', '--link', 'iridium')
  const [, name = ''] = /\b([0-9a-f]{12})\b/.exec(await run('list', 'INBOX')) ?? []
  const isWhole = async () =>
    assert.equal(await run('read', name, '--raw'), new TextDecoder().decode(mail.bytes))
  return { run, tryRun, name, isWhole }
}

const newsletter = `<html><head><style>${'.a { color: red }\n'.repeat(300)}</style></head><body>
<div style="display:none">Preview</div><h1>Harbour news</h1>
<p>The dues rise in May: <a href="https://harbour.example/dues">see the table</a>.</p></body></html>`

const mail = messageOf(`Subject: News\nContent-Type: text/html; charset=utf-8\n\n${newsletter}\n`)

const dues = base64Lines(1, 9000)
const table = withFile('application/zip', 'dues.zip', makeZip([{ name: 'dues.csv', bytes: dues }]))

test('of a file that is not fetched on a slow link, lists and the message say what is in it', async (t) => {
  const { run, name, isWhole } = await holdSlowly(t, table, ['come', '["attachments never"]'])
  assert.match(
    await run('read', name),
    /^Missing: +dues\.zip \(application\/zip\), 9\.\d k?B +.*\n {10}1 entry\n {10}dues\.csv \(\d+ bytes\)$/m,
  )
  assert.match(await run('waiting'), /dues\.zip \(application\/zip\)\n {18}1 entry\n/)
  const { messages } = JSON.parse(await run('waiting', '--json'))
  assert.equal(messages[0].parts[0].gist, `1 entry\ndues.csv (${dues.length} bytes)`)
  await run('fetch', '--all', '--link', 'iridium')
  await isWhole()
})

test('a page is read by its text on a slow link, and is here as it was after a sync on another', async (t) => {
  const { run, name, isWhole } = await holdSlowly(t, mail)
  const read = await run('read', name)
  assert.match(
    read,
    /\nHarbour news\n\nThe dues rise in May: see the table \[1\]\.\n\n\[1\] https:\/\/harbour\.example\/dues\n/,
  )
  assert.match(read, new RegExp(`^Missing: +text/html, 5\\.\\d k?B +${name}/1$`, 'm'))
  assert.match(await run('waiting'), new RegExp(`${name}/1`))
  await run('sync', '--link', 'lan')
  await isWhole()
})

const noise = await sharp({
  create: {
    width: 400,
    height: 300,
    channels: 3,
    background: '#888',
    noise: { type: 'gaussian', mean: 128, sigma: 30 },
  },
})
  .png()
  .toBuffer()
const photo = withFile('image/png', 'harbour.png', noise)

test('a small picture stands in the message in the place of a large one, goes nowhere, and makes room for that', async (t) => {
  const { run, name, isWhole } = await holdSlowly(t, photo, ['gist', '["auto", "images > 50k"]'])
  const stand = await run('read', name, '--raw')
  assert.match(stand, /\nContent-Type: image\/webp;\s+name="harbour\.png - small\.webp"\n/)
  assert.match(
    await run('waiting'),
    /harbour\.png \(image\/png\)\n {18}A small picture of it is in the message\.\n/,
  )
  await run('sync', '--link', 'iridium')
  assert.equal(await run('read', name, '--raw'), stand)
  await run('fetch', `${name}/2`, '--link', 'iridium')
  await isWhole()
})

test('what a part says comes when somebody asks for it, and waiting says beforehand what that takes', async (t) => {
  const { run, tryRun, name, isWhole } = await holdSlowly(
    t,
    table,
    ['come', '["attachments never"]'],
    ['gist', 'never'],
  )
  const waiting = await run('waiting')
  assert.match(waiting, /dues\.zip \(application\/zip\) {2}gist: at most 1\.0 kB\n/)
  assert.match(waiting, /A gist says in a few words what is in a part: packetboat fetch NAME --gist\.\n/)
  const listed = JSON.parse(await run('waiting', '--json')).messages[0].parts[0]
  assert.deepEqual([listed.gistUpTo.bytes, 'gist' in listed], [1000, false])
  assert.match(
    await run('fetch', `${name}/2`, '--gist', '--later'),
    /1 gist \(at most 1\.0 kB\) comes with the next sync\.\n/,
  )
  await run('sync', '--link', 'iridium')
  assert.match(await run('waiting'), /dues\.zip \(application\/zip\)\n {18}1 entry\n/)
  assert.match(await run('fetch', name, '--gist'), /Of what matches and is missing no gist can be made/)
  assert.equal((await tryRun('fetch', `${name}/9`, '--gist')).code, 1)
  await run('fetch', name, '--link', 'iridium')
  await isWhole()
})

test('what can say nothing of itself says so when it is asked', async (t) => {
  const broken = withFile('application/zip', 'broken.zip', Buffer.from(base64Lines(1, 9000)))
  const { run, name } = await holdSlowly(t, broken, ['come', '["attachments never"]'], ['gist', 'never'])
  assert.match(
    await run('fetch', `${name}/2`, '--gist', '--link', 'iridium'),
    new RegExp(`^No gist came of ${name}/2: none can be made at your endpoint`, 'm'),
  )
  const said = (await run('fetch', `${name}/2`, '--gist', '--json')).trim().split('\n').at(-1) ?? ''
  assert.deepEqual(JSON.parse(said), { event: 'gists', unmade: [`${name}/2`], waiting: 0 })
})
