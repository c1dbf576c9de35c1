import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { makeZip } from '../../gist/make-zip.js'
import { base64Lines } from '../../world/letter.js'
import { makeWorld } from '../../world/process/world.js'

/** A newsletter in HTML only, over a link that is said to be slow, and then over another. */

const newsletter = `<html><head><style>${'.a { color: red }\n'.repeat(300)}</style></head><body>
<div style="display:none">Preview</div><h1>Harbour news</h1>
<p>The dues rise in May: <a href="https://harbour.example/dues">see the table</a>.</p></body></html>`

const mail: FixtureMessage = {
  mailbox: ['INBOX'],
  flags: [],
  internalDateMs: Date.now(),
  bytes: new TextEncoder().encode(
    `From: Harbour <news@harbour.example>\nSubject: News\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n${newsletter}\n`,
  ),
}

const dues = base64Lines(1, 9000)
const table: FixtureMessage = {
  mailbox: ['INBOX'],
  flags: [],
  internalDateMs: Date.now(),
  bytes: new TextEncoder().encode(
    `From: Harbour <news@harbour.example>\nSubject: Table\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere it is.\n--b\nContent-Type: application/zip; name=dues.zip\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=dues.zip\n\n${makeZip(
      [{ name: 'dues.csv', bytes: dues }],
    )
      .toString('base64')
      .replace(/.{76}/g, '$&\n')}\n--b--\n`,
  ),
}

test('of a file that is not fetched on a slow link, lists and the message say what is in it', async (t) => {
  const world = await makeWorld(t, { mail: [table] })
  const run = async (...words: string[]) => {
    const ran = await world.command([...words, '--data', world.data])
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  await run('config', 'set', 'come', '["attachments never"]')
  await run('sync', '--link', 'iridium')
  const [, name = ''] = /\b([0-9a-f]{12})\b/.exec(await run('list', 'INBOX')) ?? []
  assert.match(
    await run('read', name),
    /^Missing: +dues\.zip \(application\/zip\), 9\.\d k?B +.*\n {10}1 entry\n {10}dues\.csv \(\d+ bytes\)$/m,
  )
  assert.match(await run('waiting'), /dues\.zip \(application\/zip\)\n {18}1 entry\n/)
  const { messages } = JSON.parse(await run('waiting', '--json'))
  assert.equal(messages[0].parts[0].gist, `1 entry\ndues.csv (${dues.length} bytes)`)
  await run('fetch', '--all', '--link', 'iridium')
  assert.equal(await run('read', name, '--raw'), new TextDecoder().decode(table.bytes))
})

test('a page is read by its text on a slow link, and is here as it was after a sync on another', async (t) => {
  const world = await makeWorld(t, { mail: [mail] })
  const run = async (...words: string[]) => {
    const ran = await world.command([...words, '--data', world.data])
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  await run('sync', '--link', 'iridium')
  const [, name = ''] = /\b([0-9a-f]{12})\b/.exec(await run('list', 'INBOX')) ?? []
  const read = await run('read', name)
  assert.match(
    read,
    /\nHarbour news\n\nThe dues rise in May: see the table \[1\]\.\n\n\[1\] https:\/\/harbour\.example\/dues\n/,
  )
  assert.match(read, new RegExp(`^Missing: +text/html, 5\\.\\d k?B +${name}/1$`, 'm'))
  assert.match(await run('waiting'), new RegExp(`${name}/1`))
  await run('sync', '--link', 'lan')
  assert.equal(await run('read', name, '--raw'), new TextDecoder().decode(mail.bytes))
})

const photo: FixtureMessage = {
  ...table,
  bytes: new TextEncoder().encode(
    `From: Harbour <news@harbour.example>\nSubject: Photo\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere it is.\n--b\nContent-Type: image/png; name=harbour.png\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=harbour.png\n\n${(
      await sharp({
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
    )
      .toString('base64')
      .replace(/.{76}/g, '$&\n')}\n--b--\n`,
  ),
}

test('a small picture stands in the message in the place of a large one, goes nowhere, and makes room for that', async (t) => {
  const world = await makeWorld(t, { mail: [photo] })
  const run = async (...words: string[]) => {
    const ran = await world.command([...words, '--data', world.data])
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  await run('config', 'set', 'gist', '["auto", "images > 50k"]')
  await run('sync', '--link', 'iridium')
  const [, name = ''] = /\b([0-9a-f]{12})\b/.exec(await run('list', 'INBOX')) ?? []
  const stand = await run('read', name, '--raw')
  assert.match(stand, /\nContent-Type: image\/webp;\s+name="harbour\.png - small\.webp"\n/)
  assert.match(
    await run('waiting'),
    /harbour\.png \(image\/png\)\n {18}A small picture of it is in the message\.\n/,
  )
  await run('sync', '--link', 'iridium')
  assert.equal(await run('read', name, '--raw'), stand)
  await run('fetch', `${name}/2`, '--link', 'iridium')
  assert.equal(await run('read', name, '--raw'), new TextDecoder().decode(photo.bytes))
})
