import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exitCodes } from '../../src/cli/exit-codes.js'
import { freePort } from '../world/free-port.js'
import { blocksOf, guides, wayOf } from './blocks.js'
import { makeNewcomer, type Newcomer } from './newcomer.js'

/** What a guide's line has for a thing that is another one everywhere. */
const example = '3f1c09ab77de'

/** Lines that can't be run here, each with what holds it in place of this test. */
const elsewhere: Readonly<Record<string, string>> = {
  'packetboat account add club imap:club@mail.example.org --password-file ~/club.password':
    'test/process/settings/account.test.ts',
  'packetboat search --ashore from:ann after:2019 "harbour dues" --take 1,3':
    'test/process/looking/search-ashore.test.ts',
  'packetboat serve --reader --certificate cert.pem --key key.pem': 'test/process/serving/reader.test.ts',
}

/** Codes with which a line may end, where 0 is not the only good one. */
const alsoGood: Readonly<Record<string, number>> = { '--max-bytes 200k': 11 }

/** What a line's comment promises. */
const promises: readonly (readonly [start: string, shown: RegExp])[] = [
  ['packetboat search grusse', /Grüße/],
  ['packetboat search invoice', /invoice/],
  ['packetboat list', /Grüße|hello/],
  ['packetboat account list', /ann/],
]

function letter(subject: string, from: string, bytes = 0): string {
  const file = Buffer.alloc(bytes, subject).toString('base64').replace(/.{76}/g, '$&\n')
  const attached =
    bytes > 0
      ? `--b\nContent-Type: image/png; name="a.png"\nContent-Transfer-Encoding: base64\n\n${file}\n`
      : ''
  return `From: ${from}\nTo: me@vester.example\nSubject: ${subject}\nMessage-ID: <${subject.length}.${bytes}@north.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe invoice, from Ann.\n${attached}--b--\n`
}

/** A Maildir at the endpoint, as the guides have it, with something for each command to find. */
function fillMaildir(path: string): void {
  const ann = 'Ann <ann@north.example>'
  const mail = [
    ['', 'invoice', ann, 90_000],
    ['', '=?utf-8?q?Gr=C3=BC=C3=9Fe?=', ann, 0],
    ['', 'chart', 'bob@north.example', 95_000],
    ['', 'tide', 'bob@north.example', 99_000],
    ['', 'wind', 'bob@north.example', 70_000],
    ['.Work', 'plan', 'bob@north.example', 80_000],
    ['.Work.new', 'idea', 'bob@north.example', 85_000],
    ['.Drafts', 'letter', 'me@vester.example', 0],
    ['.Lists.sailing', 'hello', 'list@north.example', 0],
  ] as const
  for (const [folder, subject, from, bytes] of mail) {
    for (const each of ['cur', 'new', 'tmp']) mkdirSync(join(path, folder, each), { recursive: true })
    // A draft has been seen: it lies where mail programs put what is no news.
    const file = folder === '.Drafts' ? `cur/${subject}.host:2,DS` : `new/${bytes}.${subject.length}.host`
    writeFileSync(join(path, folder, file), letter(subject, from, bytes))
  }
}

/** The first part of a message that waits. */
async function waitingPart({ type }: Newcomer): Promise<string> {
  const said = JSON.parse((await type('packetboat waiting --json')).trim().split('\n').at(-1) ?? '') as {
    messages: readonly { name: string; parts: readonly { name: string }[] }[]
  }
  const name = said.messages[0]?.parts[0]?.name
  assert.ok(name, JSON.stringify(said).slice(0, 500))
  return name
}

/** Runs the lines of the guides, with what is another one on every machine put in, and keeps what later lines need. */
function makeTale(newcomer: Newcomer, address: string) {
  const { home, type, leave } = newcomer
  let pairing = ''
  let fetched = ''

  const withPart = async (line: string): Promise<string> => {
    const part = line.startsWith('packetboat read') ? fetched : await waitingPart(newcomer)
    if (line.startsWith('packetboat fetch')) fetched = part
    return line.replace(`${example}/2`, part).replace(/3f1c09ab77de|NAME/, part.split('/')[0] ?? '')
  }
  const initialise = async (line: string): Promise<void> => {
    const account = / --account (\w+)/.exec(line)?.[1]
    if (account) {
      pairing = await type(`packetboat device add me ${account} --address ${address}`)
      writeFileSync(join(home, 'pairing'), pairing)
    }
    // Two devices may not share a Maildir.
    const whole = line.includes('--maildir') ? line : `${line} --maildir ~/Mail-${account}`
    // Typed at a terminal, it is not shown: test/process/settings/pairing-typed.test.ts.
    const fromStdin = line.includes('@') ? whole : whole.replace('packetboat init', 'packetboat init -')
    await type(fromStdin, { stdin: pairing })
  }
  return async (line: string): Promise<void> => {
    const here = line
      .replace(/(0\.0\.0\.0|mail\.example\.org):4190/, address)
      .replace('/home/ann', join(home, 'ann-mail'))
      .replace('--data DIR', '--data .local/share/packetboat')
    if (line.startsWith('packetboat serve --listen')) return leave(here, address)
    if (line.startsWith('packetboat init')) return initialise(here)
    const named = line.includes(example) || line.includes('NAME') ? await withPart(here) : here
    const also = Object.entries(alsoGood).find(([words]) => line.includes(words))?.[1]
    const out = await type(named, { codes: also === undefined ? [0] : [0, also] })
    // A browser's is a link, for nobody who types.
    if (line.startsWith('packetboat device add') && !line.includes('--reader')) pairing = out
    for (const [start, promised] of promises) if (line.startsWith(start)) assert.match(out, promised)
  }
}

test('every command of the guides does what it should, one after the other, for someone new', async (t) => {
  const newcomer = makeNewcomer(t)
  const { home } = newcomer
  fillMaildir(join(home, 'Maildir'))
  for (const each of ['cur', 'new', 'tmp'])
    mkdirSync(join(home, 'ann-mail/Maildir', each), { recursive: true })
  const run = makeTale(newcomer, `127.0.0.1:${await freePort()}`)
  const lines = new Map<string, string>()
  for (const block of guides.flatMap(blocksOf).filter((each) => wayOf(each) === 'commands'))
    for (const line of block.lines.map((each) => each.replace(/\s+# .*$/, '')))
      if (!elsewhere[line] && !lines.has(line)) lines.set(line, block.where)
  assert.ok(lines.size > 25, `${lines.size} lines`)
  for (const [line, where] of [...lines].sort(([one], [other]) => stepOf(one) - stepOf(other)))
    await run(line).catch((error: unknown) => assert.fail(`${where}: ${line}\n${error}`))
})

/** The guides tell the tale in several places; its order here: endpoint, pairing, setting up, and what else there is. */
function stepOf(line: string): number {
  const order = [
    / serve --listen/,
    / device add/,
    / init --maildir/,
    / sync --dry-run/,
    / sync --max-bytes/,
    / sync$/,
  ]
  const found = order.findIndex((each) => each.test(line))
  if (found >= 0) return found
  // They make several accounts of one, and take away what the others look at.
  if (line.includes('account')) return line.includes('init') ? 99 : 50
  return 10
}

test('what docs/EXIT-CODES.md writes around a sync says what each code needs', async (t) => {
  const { type, has } = makeNewcomer(t)
  has('notify', 'echo "$@"')
  const [sync, stale] = blocksOf('docs/EXIT-CODES.md').map(({ lines }) => lines.join('\n'))
  for (const code of Object.values(exitCodes)) {
    has('packetboat', `exit ${code}`)
    const said = await type(sync ?? '')
    assert.equal(said !== '', [6, 7, 8, 9, 10].includes(code), `${code}: ${said}`)
  }
  assert.match(await type(stale ?? ''), /no sync for a day/)
  has('packetboat', 'exit 0')
  assert.equal(await type(stale ?? ''), '')
})

test('docs/HOW-TO.md has the keys for mail programs as docs/GUIDES.md has them, where they are tried', () => {
  const keys = blocksOf('docs/HOW-TO.md').find(({ lines }) => lines[0]?.startsWith('# muttrc'))?.lines ?? []
  const tried = readFileSync('docs/GUIDES.md', 'utf8').split('\n')
  assert.ok(keys.length > 3)
  for (const line of keys)
    if (line !== '' && !line.startsWith('#')) assert.ok(tried.includes(`    ${line}`), line)
})
