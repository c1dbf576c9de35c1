import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { mountSmallDisk } from '../../store/mounted-disk.js'
import { letter } from '../../world/letter.js'
import { notInChromium } from '../chromium.js'
import { startOwnChromium } from '../own-chromium.js'
import { openReaderEndpoint, type ReaderEndpoint, type Tab, tabOf } from './reader-world.js'

const inbox = ['INBOX']

/** Chromium seldom breaks off the small file too, and doesn't say why. */
const saysWhatItKnows =
  /\b(DISK_FULL: The browser gives no more room|STORE_CORRUPT: The browser has (broken off|deleted the database))/
const saysThatItIsGone = /\bSTORE_CORRUPT: The browser has deleted the database/

interface SmallDiskWorld extends Pick<ReaderEndpoint, 'endpoint' | 'newToken'> {
  /** Where the disk is that the browser has its profile on. */
  readonly path: string
  open(): Promise<Tab>
  /** Kills the browser, and starts it anew. */
  restart(): Promise<void>
}

/** Works with a browser that has a small disk to itself; skips the test where none can be mounted. */
async function onSmallDisk(t: TestContext, work: (world: SmallDiskWorld) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-full-'))
  const disk = mountSmallDisk(join(folder, 'profile'), 200_000_000)
  if (!disk) return t.skip('no disk can be mounted here: root can')
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  let browser = await startOwnChromium(disk.path)
  const open = async (): Promise<Tab> => {
    const page = await browser.context.newPage()
    await page.goto(home)
    return tabOf(page)
  }
  const restart = async (): Promise<void> => {
    await browser.kill()
    browser = await startOwnChromium(disk.path)
  }
  try {
    await work({ endpoint, newToken, path: disk.path, open, restart })
  } finally {
    await browser.kill()
    disk.unmount()
    rmSync(folder, { recursive: true })
  }
}

test(
  'a browser whose disk is full has the reader say so and read on, and all mail comes when there is room again',
  {
    skip: notInChromium,
  },
  (t) =>
    onSmallDisk(t, async ({ endpoint, newToken, path, open, restart }) => {
      endpoint.mail.person.deliver(inbox, letter('hello'))
      const { page, port } = await open()
      await port.pair(await newToken())
      await port.sync()
      // Whatever else fills it.
      const filler = join(path, 'filler')
      const { bavail, bsize } = statfsSync(path)
      writeFileSync(filler, new Uint8Array(bavail * bsize - 1_000_000))
      const many = 60
      for (let n = 0; n < many; n++) {
        const attachments = [{ bytes: 60_000, seed: n }]
        endpoint.mail.person.deliver(inbox, letter(`letter ${n}`, { attachments }))
      }
      await assert.rejects(port.sync(), saysWhatItKnows)
      const [row] = await port.mailboxes()
      const list = async () => (await port.list(row?.guid ?? '', 0, many + 1)).rows
      const hello = (await list()).find(({ subject }) => subject === 'hello')?.guid ?? ''
      assert.equal((await port.message(hello)).texts[0]?.text.trim(), 'The text of hello.')
      const mark = () => port.mark([hello], { add: ['\\Seen'], remove: [] })
      // Chromium doesn't open the database any more by now, and doesn't say why.
      await assert.rejects(mark(), saysWhatItKnows)
      rmSync(filler)
      // What a full disk has left of its database Chromium sometimes takes for damaged, and begins with a new one.
      const isDeleted = await mark().then(
        () => false,
        (error: Error) => {
          assert.match(error.message, saysThatItIsGone)
          return true
        },
      )
      await page.reload()
      if (isDeleted) assert.equal(await port.pair(), 'me')
      else assert.equal((await port.state()).unsent, 1)
      await port.sync()
      if (isDeleted) {
        await mark()
        await port.sync()
      }
      assert.deepEqual([(await port.state()).unsent, (await list()).length], [0, many + 1])
      assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, many + 1)
      // What was broken off stands in the browser's log, and it must not go on behind that.
      await restart()
      const again = await open()
      assert.equal((await again.port.state()).account, 'me')
      assert.deepEqual((await again.port.message(hello)).flags, ['\\Seen'])
    }),
)

/** Until not a byte is left. */
function fill(file: string): void {
  for (const size of [1_000_000, 4096])
    try {
      for (;;) appendFileSync(file, new Uint8Array(size))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
}

test(
  'opened on a disk without a free byte, the reader opens or says that the disk is full, and goes on when there is room',
  {
    skip: notInChromium,
  },
  (t) =>
    onSmallDisk(t, async ({ newToken, path, open }) => {
      const { page, port } = await open()
      await port.pair(await newToken())
      const filler = join(path, 'filler')
      const said: string[] = []
      // Each start of the reader leaves something that Chromium throws away, and has less room than the one before.
      for (let times = 0; times < 6; times++) {
        fill(filler)
        await page.reload()
        await port.state().catch((error: Error) => said.push(error.message))
      }
      for (const each of said) assert.match(each, saysWhatItKnows)
      rmSync(filler)
      // It may have lost what it had: what a full disk leaves of its database Chromium sometimes takes for damaged.
      const { account } = await port.state()
      assert.ok(account === 'me' || account === undefined, account)
    }),
)
