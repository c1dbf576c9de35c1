import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReaderPort } from '../../../src/reader/port.js'
import { listSubmissions } from '../../../src/replica/submission/submissions.js'
import { mailing } from '../../sync/submission/sending.js'
import { letter } from '../../world/letter.js'
import { subjectOf } from '../../world/shown.js'
import { notInChromium, startChromium } from '../chromium.js'
import { eventually, openReaderEndpoint, openReaderWorld, type Tab, tabOf } from './reader-world.js'

const inbox = ['INBOX']

/** A port that can do more than this version's. */
type NewerPort = ReaderPort & { newer(): Promise<string> }

describe('two tabs at once', { skip: notInChromium }, () => {
  it('write, file and sync, and nothing of it is lost or there twice', async (t) => {
    const { endpoint, newToken, openTab } = await openReaderWorld(t)
    endpoint.account = { ...endpoint.account, mailing }
    endpoint.mail.person.createMailbox(['Later'])
    for (let n = 0; n < 12; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
    const first = await openTab()
    await first.port.pair(await newToken())
    await first.port.sync()
    const second = await openTab()
    let mailboxes = await second.port.mailboxes()
    const guidOf = (name: string): string => mailboxes.find(({ path }) => path.join() === name)?.guid ?? ''
    const { rows } = await second.port.list(guidOf('INBOX'), 0, 20)
    const [moved, ...marked] = rows
    const work = (name: string, { port }: Tab): Promise<unknown>[] => [
      ...marked.map(({ guid }) => port.mark([guid], { add: [name], remove: [] })),
      port.move([moved?.guid ?? ''], guidOf('Later')),
      port.saveDraft(draft(`${name} keeps`)),
      port.send(draft(`${name} sends`)),
      port.sync(),
    ]
    await Promise.all([...work('one', first), ...work('two', second)])
    do await second.port.sync()
    while ((await second.port.state()).unsent > 0)
    const there = endpoint.mail.snapshot()
    const said = (name: string): string[] =>
      (there.get(name) ?? []).map(({ bytes, flags }) => [subjectOf(bytes), ...flags].join(' ')).sort()
    assert.deepEqual(said('INBOX'), marked.map(({ subject }) => `${subject} one two`).sort())
    assert.deepEqual(said('Later'), [moved?.subject])
    assert.deepEqual(
      said('Drafts'),
      ['one keeps', 'two keeps'].map((each) => `${each} \\Draft \\Seen`),
    )
    const submitted = (await listSubmissions(endpoint.account.replica.db)).flatMap(
      ({ envelope }) => envelope.recipients,
    )
    assert.deepEqual(submitted.sort(), ['onesends@example.org', 'twosends@example.org'])
    // On the disk it is the same.
    for (const { page } of [first, second]) await page.close()
    const { port } = await openTab()
    const { healed, listed, changed } = await port.sync()
    assert.deepEqual([healed, listed, changed], [false, 0, 0])
    mailboxes = await port.mailboxes()
    const { rows: after } = await port.list(guidOf('INBOX'), 0, 20)
    assert.deepEqual(after.map(({ subject, flags }) => [subject, ...flags].join(' ')).sort(), said('INBOX'))
    assert.equal((await port.list(guidOf('Drafts'), 0, 20)).total, 2)
  })

  it('may be of two versions: the newer asks the older, says what that can not do, and leads when it is closed', async (t) => {
    const { endpoint, home, newToken } = await openReaderEndpoint(t, (files) => {
      const named = (name: RegExp): string => Object.keys(files).find((each) => name.test(each)) ?? ''
      const text = (name: string): string => files[name]?.toString() ?? ''
      const worker = named(/^worker-\w{8}\.js$/)
      // The worker's file names the one that all of it is in, and so does the later one.
      const [, all = ''] = /"\.\/(chunk-\w{8}\.js)"/.exec(text(worker)) ?? []
      const newer = text(all).replace('port:{...', 'port:{newer:async()=>"can do",...')
      assert.notEqual(newer, text(all))
      const later = named(/^later-acts-\w{8}\.js$/)
      const renamed = (name: string): string =>
        text(name).replaceAll(all, 'chunk-NEWER123.js').replaceAll(later, 'later-acts-NEWER123.js')
      return {
        'chunk-NEWER123.js': newer.replaceAll(later, 'later-acts-NEWER123.js'),
        'later-acts-NEWER123.js': renamed(later),
        'worker-NEWER123.js': renamed(worker),
        'newer.html': text('index.html').replace(worker, 'worker-NEWER123.js'),
      }
    })
    endpoint.mail.person.deliver(inbox, letter('hello'))
    const browser = await startChromium()
    t.after(() => browser.close())
    const context = await browser.newContext()
    const open = async (path: string): Promise<Tab> => {
      const page = await context.newPage()
      await page.goto(`${home}${path}`)
      return tabOf(page)
    }
    const older = await open('')
    await older.port.pair(await newToken())
    await older.port.sync()
    const newer = await open('newer.html')
    const port = newer.port as NewerPort
    const [mailbox] = await port.mailboxes()
    const [row] = (await port.list(mailbox?.guid ?? '', 0, 1)).rows
    await port.mark([row?.guid ?? ''], { add: ['\\Flagged'], remove: [] })
    await assert.rejects(port.newer(), /knows no newer\. Close its other tabs/)
    await older.page.close()
    await eventually(async () => (await port.state()).leads)
    assert.equal(await port.newer(), 'can do')
    await port.sync()
    const flags = endpoint.mail
      .snapshot()
      .get('INBOX')
      ?.flatMap((message) => message.flags)
    assert.deepEqual(flags, ['\\Flagged'])
    // And the other way round.
    const late = await open('')
    assert.deepEqual((await late.port.message(row?.guid ?? '')).flags, ['\\Flagged'])
    assert.equal((await late.port.state()).leads, false)
  })
})

function draft(subject: string): Parameters<ReaderPort['saveDraft']>[0] {
  const name = subject.replace(' ', '')
  return {
    id: name.padEnd(20, 'x'),
    to: `${name}@example.org`,
    cc: '',
    bcc: '',
    subject,
    text: subject,
    files: [],
  }
}
