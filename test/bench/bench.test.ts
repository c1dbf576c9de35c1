import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { estimateSeconds, lineProfiles } from '../../bench/line/lines.js'
import { startRelayLine } from '../../bench/line/relay-line.js'
import { layOutAccount } from '../../bench/mail/account.js'
import { madeCorpus } from '../../bench/mail/corpus.js'
import { flagsOf, indexMail, mailFiles } from '../../bench/mail/maildir.js'
import { plot } from '../../bench/report/plot.js'
import { withSection } from '../../bench/report/report.js'

const withFolder = (use: (root: string) => void): void => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-bench-test-'))
  try {
    use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const digestOf = (root: string): string => {
  const hash = createHash('sha256')
  for (const { path } of mailFiles(root)) hash.update(relative(root, path)).update(readFileSync(path))
  return hash.digest('hex')
}

test('an account is the same for the same seed, and every message in it has a Message-ID of its own', () => {
  const corpus = madeCorpus(1, 60)
  withFolder((root) => {
    const lay = (name: string, seed: number) => {
      const facts = layOutAccount(join(root, name), corpus, { messages: 120, seed })
      return { facts, digest: digestOf(join(root, name)) }
    }
    const [one, again, other] = [lay('one', 1), lay('again', 1), lay('other', 2)]
    assert.deepEqual(again, one)
    assert.notEqual(other.digest, one.digest)
    assert.equal(indexMail(join(root, 'one')).size, 120)
    const drafts = mailFiles(join(root, 'one')).filter(({ mailbox }) => mailbox === 'Drafts')
    assert.ok(drafts.every((file) => flagsOf(file).includes('D')))
  })
})

test('the lines are those that link.py makes', () => {
  const source = readFileSync(new URL('../../bench/line/link.py', import.meta.url), 'utf8')
  for (const [name, { up, down, delayMs }] of Object.entries(lineProfiles))
    assert.match(source, new RegExp(`"${name}": \\(${up}, ${down}, ${delayMs}, `))
})

test('an estimate is bytes by rate and round trips by delay', () => {
  assert.equal(estimateSeconds('gsm9600', { up: 1200, down: 2400, rtts: 5 }), 1 + 2 + 3)
})

test('a relay says what it is', async () => {
  const line = startRelayLine()
  assert.equal(line.counts, 'payload')
  assert.equal((await line.stats()).down.bytes, 0)
  await line.close()
})

test('a plot escapes what it is given', () => {
  const svg = plot({ title: 'a < b', unit: 'B', bars: [{ name: '"x"', value: 1000, ours: true }] })
  assert.ok(svg.includes('a &lt; b') && svg.includes('&quot;x&quot;'))
})

test('a section takes the place of the one with its title, or the one where it belongs, and all else stays', () => {
  const page =
    '# Benchmarks\n\n## Measures\n\nx\n\n## A window of the account\n\nold\n\n## A line that breaks\n\ny\n'
  const renewed = withSection(page, 'A window of the account', '## A window of the account\n\nnew\n')
  assert.equal(renewed, page.replace('old', 'new'))
  const title = 'A window of a large account, beside others'
  const more = withSection(page, title, `## ${title}\n\nmore\n`)
  assert.equal(more, page.replace('## A line', `## ${title}\n\nmore\n\n## A line`))
  const last = 'The reader in a browser'
  assert.equal(withSection(page, last, `## ${last}\n\nlast\n`), `${page}\n## ${last}\n\nlast\n`)
})
