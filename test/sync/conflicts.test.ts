import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxPath } from '../../src/replica/model.js'
import { sync } from '../../src/sync/exchange.js'
import { defaultPolicy } from '../../src/sync/policy.js'
import { memoryLink } from './memory-link.js'
import { seededRandom } from './random.js'
import { makeSide, type Side } from './side.js'

/** The rows of docs/CONFLICTS.md: what one side does, what the other does before they meet, and what both have then. */

const mail = (subject: string): Uint8Array =>
  new TextEncoder().encode(`From: a@example.org\nSubject: ${subject}\n\nbody of ${subject}\n`)

const subjectOf = (bytes: Uint8Array): string =>
  /^Subject: (.*)$/m.exec(new TextDecoder().decode(bytes))?.[1] ?? ''

/** What a person does with the one message, called m, in INBOX. */
interface Hand {
  flags(...flags: string[]): void
  remove(): void
  move(to: string): void
  copy(to: string): void
  edit(): void
  make(name: string): void
  rename(from: string, to: string): void
  drop(name: string): void
  deliver(mailbox: string, subject: string): void
}

const INBOX: MailboxPath = ['INBOX']

function handOf(side: Side): Hand {
  const { person } = side.mail
  const m = (): string =>
    side.mail
      .snapshot()
      .get('INBOX')
      ?.find(({ bytes }) => subjectOf(bytes) === 'm')?.locator ?? 'none'
  return {
    flags: (...flags) => person.setFlags(INBOX, m(), flags),
    remove: () => person.remove(INBOX, m()),
    move: (to) => void person.move(INBOX, m(), [to]),
    copy: (to) => void person.copy(INBOX, m(), [to]),
    edit: () => {
      person.remove(INBOX, m())
      person.deliver(INBOX, mail(`m edited by ${side.name}`), ['\\Draft'])
    },
    make: (name) => person.createMailbox([name]),
    rename: (from, to) => person.renameMailbox([from], [to]),
    drop: (name) => person.deleteMailbox([name]),
    deliver: (mailbox, subject) => void person.deliver([mailbox], mail(subject)),
  }
}

const nothing = (): void => {}

const rows: readonly (readonly [
  string,
  (here: Hand) => void,
  (there: Hand) => void,
  Record<string, string[]>,
])[] = [
  [
    'flag set / other flags set',
    (h) => h.flags('\\Seen'),
    (t) => t.flags('\\Flagged', 'work'),
    { INBOX: ['m \\Flagged,\\Seen,work'] },
  ],
  ['expunged / nothing', (h) => h.remove(), nothing, {}],
  ['expunged / read, answered, a keyword', (h) => h.remove(), (t) => t.flags('\\Seen', 'work'), {}],
  ['expunged / marked important', (h) => h.remove(), (t) => t.flags('\\Flagged'), { INBOX: ['m \\Flagged'] }],
  ['marked important / expunged', (h) => h.flags('\\Flagged'), (t) => t.remove(), { INBOX: ['m \\Flagged'] }],
  ['read / expunged', (h) => h.flags('\\Seen'), (t) => t.remove(), {}],
  [
    'expunged / draft replaced',
    (h) => h.remove(),
    (t) => t.edit(),
    { INBOX: ['m edited by endpoint \\Draft'] },
  ],
  [
    'draft edited / draft edited',
    (h) => h.edit(),
    (t) => t.edit(),
    { INBOX: ['m edited by endpoint \\Draft', 'm edited by one \\Draft'] },
  ],
  ['moved to X / moved to Y', (h) => h.move('X'), (t) => t.move('Y'), { X: ['m '], Y: ['m '] }],
  ['moved to X / moved to X', (h) => h.move('X'), (t) => t.move('X'), { X: ['m ', 'm '] }],
  ['moved / expunged', (h) => h.move('X'), (t) => t.remove(), { X: ['m '] }],
  ['expunged / moved', (h) => h.remove(), (t) => t.move('X'), { X: ['m '] }],
  ['moved / flagged before', (h) => h.move('X'), (t) => t.flags('\\Flagged'), { X: ['m \\Flagged'] }],
  ['copied / expunged', (h) => h.copy('X'), (t) => t.remove(), { X: ['m '] }],
  [
    'same mail put into both',
    (h) => h.deliver('X', 'n'),
    (t) => t.deliver('X', 'n'),
    { INBOX: ['m '], X: ['n ', 'n '] },
  ],
  [
    'mailbox deleted / message added to it',
    (h) => h.drop('X'),
    (t) => t.deliver('X', 'n'),
    { INBOX: ['m '], X: ['n '] },
  ],
  [
    'message added / mailbox deleted',
    (h) => h.deliver('X', 'n'),
    (t) => t.drop('X'),
    { INBOX: ['m '], X: ['n '] },
  ],
  ['mailbox deleted / renamed', (h) => h.drop('X'), (t) => t.rename('X', 'Z'), { INBOX: ['m '], X: ['-'] }],
  [
    'renamed / renamed otherwise',
    (h) => h.rename('X', 'A'),
    (t) => t.rename('X', 'B'),
    { INBOX: ['m '], B: [], X: ['-'] },
  ],
  [
    'renamed to N / another renamed to N',
    (h) => h.rename('X', 'N'),
    (t) => t.rename('Y', 'N'),
    { INBOX: ['m '], N: [], 'N (2)': [], X: ['-'], Y: ['-'] },
  ],
  [
    'made N / made N',
    (h) => {
      h.make('N')
      h.deliver('N', 'of here')
    },
    (t) => {
      t.make('N')
      t.deliver('N', 'of there')
    },
    { INBOX: ['m '], N: ['of here ', 'of there '] },
  ],
]

/** By mailbox, each message as its subject and flags. X and Y stand empty unless a row says otherwise; `-` says that one is gone. */
function stateOf(side: Side): Record<string, string[]> {
  return Object.fromEntries(
    [...side.mail.snapshot()]
      .map(([name, all]): [string, string[]] => [
        name,
        all.map(({ bytes, flags }) => `${subjectOf(bytes)} ${flags.join()}`).sort(),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function expectedState(changes: Record<string, string[]>): Record<string, string[]> {
  const all: Record<string, string[]> = { INBOX: [], X: [], Y: [], ...changes }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, messages]) => messages[0] !== '-')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

for (const [name, here, there, outcome] of rows)
  test(`the table of conflicts: ${name}`, async () => {
    const random = seededRandom(77)
    const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
    const one = await makeSide('one', { hasUpstream: true, random })
    const two = await makeSide('two', { hasUpstream: true, random })
    const link = memoryLink(() => endpoint.account)
    const run = (side: Side) => sync(side.account, { link, policy: defaultPolicy })
    for (const mailbox of ['X', 'Y']) endpoint.mail.person.createMailbox([mailbox])
    endpoint.mail.person.deliver(INBOX, mail('m'))
    await run(one)
    await run(two)
    here(handOf(one))
    there(handOf(endpoint))
    for (const side of [one, two, one, two]) await run(side)
    assert.deepEqual(stateOf(endpoint), expectedState(outcome))
    assert.deepEqual(stateOf(one), stateOf(endpoint))
    assert.deepEqual(stateOf(two), stateOf(endpoint), 'the third replica agrees')
  })
