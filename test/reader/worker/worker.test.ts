import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { letter } from '../../world/letter.js'
import { notInChromium } from '../chromium.js'
import { eventually, openReaderWorld } from './reader-world.js'

const inbox = ['INBOX']

describe('the reader in Chromium', { skip: notInChromium }, () => {
  it('is paired, syncs, and has its mail after a reload without the endpoint', async (t) => {
    const { endpoint, world, newToken, openTab } = await openReaderWorld(t)
    for (let n = 0; n < 20; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
    const { page, port, events } = await openTab()
    await assert.rejects(port.pair(), /^Error: AUTH: This browser is not paired/)
    assert.equal(await port.pair(await newToken()), 'me')
    const synced = await port.sync()
    assert.deepEqual([synced.listed, synced.paused], [20, false])
    const [first] = await port.mailboxes()
    const { total, rows } = await port.list(first?.guid ?? '', 0, 5)
    assert.deepEqual(
      [total, rows.map(({ subject }) => subject)],
      [20, [19, 18, 17, 16, 15].map((n) => `letter ${n}`)],
    )
    const said = (await events()).map(({ event }) => event)
    assert.ok(said.includes('synced') && said.includes('changed'), said.join())
    await port.mark([rows[0]?.guid ?? ''], { add: ['\\Seen'], remove: [] })
    await page.reload()
    const state = await port.state()
    assert.deepEqual([state.account, state.leads, state.lost, state.unsent], ['me', true, false, 1])
    await world.server.close()
    const after = await port.list(first?.guid ?? '', 0, 1)
    assert.deepEqual(after.rows[0]?.flags, ['\\Seen'])
    const { texts } = await port.message(after.rows[0]?.guid ?? '')
    assert.deepEqual(
      texts.map(({ text }) => text.trim()),
      ['The text of letter 19.'],
    )
  })

  it('says that the browser has deleted its mail, and has it again without that any is deleted elsewhere', async (t) => {
    const { endpoint, home, newToken, openTab } = await openReaderWorld(t)
    for (let n = 0; n < 20; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
    const { page, port, events } = await openTab()
    await port.pair(await newToken())
    await port.sync()
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('Storage.clearDataForOrigin', {
      origin: new URL(home).origin,
      storageTypes: 'indexeddb',
    })
    // While the page is open.
    endpoint.mail.person.deliver(inbox, letter('one more'))
    await assert.rejects(port.sync(), /STORE_CORRUPT/)
    assert.ok((await events()).some(({ event }) => event === 'failed'))
    await page.reload()
    assert.equal((await port.state()).account, undefined)
    assert.equal(await port.pair(), 'me')
    assert.equal((await port.state()).lost, true)
    await port.sync()
    assert.equal((await port.state()).lost, false)
    const [first] = await port.mailboxes()
    assert.equal(first?.messages, 21)
    assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 21)
  })

  it('reads on when the device was revoked while it was open, and says so', async (t) => {
    const { endpoint, world, newToken, openTab } = await openReaderWorld(t)
    endpoint.mail.person.deliver(inbox, letter('hello'))
    const { port } = await openTab()
    await port.pair(await newToken())
    await port.sync()
    await world.devices.revokeDevice('chromium 0')
    await assert.rejects(port.sync(), /AUTH/)
    const [first] = await port.mailboxes()
    assert.equal((await port.list(first?.guid ?? '', 0, 5)).total, 1)
  })
})

describe('two tabs of the reader', { skip: notInChromium }, () => {
  it('share what one of them has, and the other leads when that one crashes', async (t) => {
    const { endpoint, newToken, openTab } = await openReaderWorld(t)
    endpoint.mail.person.deliver(inbox, letter('hello'))
    const first = await openTab()
    await first.port.pair(await newToken())
    const second = await openTab()
    const state = await second.port.state()
    assert.deepEqual([state.account, state.leads], ['me', false])
    const [one, two] = await Promise.all([first.port.sync(), second.port.sync()])
    assert.deepEqual(one, two, 'it was one sync')
    const [row] = await second.port.mailboxes()
    const [message] = (await second.port.list(row?.guid ?? '', 0, 5)).rows
    const heard = (await first.events()).length
    const beganMs = performance.now()
    await second.port.mark([message?.guid ?? ''], { add: ['\\Seen'], remove: [] })
    await eventually(async () => (await first.events()).slice(heard).some(({ event }) => event === 'changed'))
    t.diagnostic(`an act was seen in the other tab after ${Math.round(performance.now() - beganMs)} ms`)
    const devtools = await first.page.context().newCDPSession(first.page)
    const crashedMs = performance.now()
    void devtools.send('Page.crash').catch(() => undefined)
    await eventually(async () => (await second.port.state()).leads)
    t.diagnostic(`the other tab led after ${Math.round(performance.now() - crashedMs)} ms`)
    const [after] = (await second.port.list(row?.guid ?? '', 0, 5)).rows
    assert.deepEqual(after?.flags, ['\\Seen'])
    await second.port.sync()
  })
})
