import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { notInFirefox, startFirefox } from '../firefox.js'
import { openReaderEndpoint } from './reader-world.js'

test('in Firefox a reader is paired, syncs, and has what was done in it when it is opened again', {
  skip: notInFirefox,
}, async (t) => {
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  for (let n = 0; n < 20; n++) endpoint.mail.person.deliver(['INBOX'], letter(`letter ${n}`))
  const profile = mkdtempSync(join(tmpdir(), 'packetboat-firefox-'))
  const page = await startFirefox(profile)
  const ask = (call: string) => page.evaluate(`program.port.${call}`)
  try {
    await page.goto(home)
    assert.equal(await ask(`pair('${await newToken()}')`), 'me')
    await ask('sync()')
    const rows = `mailboxes().then(([inbox]) => program.port.list(inbox.guid, 0, 50)).then(({ rows }) => rows)`
    const [row, ...others] = (await ask(rows)) as { guid: string; subject: string }[]
    assert.deepEqual([row?.subject, others.length], ['letter 19', 19])
    await ask(`mark(['${row?.guid}'], { add: ['\\\\Seen'], remove: [] })`)
    const draft = { id: 'd'.repeat(20), to: 'bob@example.org', cc: '', bcc: '', subject: 's', text: 'hi' }
    await ask(`saveDraft(${JSON.stringify({ ...draft, files: [] })})`)
    await page.goto(home)
    const { unsent } = (await ask('state()')) as { unsent: number }
    assert.ok(unsent > 0)
    assert.equal(((await ask(`search('letter', 50)`)) as unknown[]).length, 20)
    await ask('sync()')
    const there = [...endpoint.mail.snapshot()].map(([name, messages]) => [
      name,
      messages.filter(({ flags }) => flags.includes('\\Seen')).length,
    ])
    assert.deepEqual(there, [
      ['INBOX', 1],
      ['Drafts', 1],
    ])
  } finally {
    await page.kill()
    rmSync(profile, { recursive: true, force: true })
  }
})
