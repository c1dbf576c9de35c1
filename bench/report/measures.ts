import type { Results } from './results.js'
import { type Show, show } from './show.js'

type Measured = (results: Results, peer: string) => number | undefined

interface Measure {
  readonly name: string
  readonly wanted: number
  readonly as: Show
  /** What was measured of packetboat, as it is on a quick line or as it is on a slow one. */
  readonly measured: Measured
  /** The measure isn't met where more is better; here less always is. */
  readonly note?: string
}

const ours =
  (work: string, figure: string, variant?: string): Measured =>
  (results, peer) => {
    const value = results.find(work, peer, variant)?.[figure]
    return typeof value === 'number' ? value : undefined
  }

const ratio =
  (over: Measured, under: Measured): Measured =>
  (results, peer) => {
    const [a, b] = [over(results, peer), under(results, peer)]
    return a === undefined || b === undefined ? undefined : a / b
  }

const sum =
  (one: Measured, other: Measured): Measured =>
  (results, peer) => {
    const [a, b] = [one(results, peer), other(results, peer)]
    return a === undefined || b === undefined ? undefined : a + b
  }

const ofMbsync: Measured = (results) => {
  const value = results.find('ham', 'mbsync')?.['sum']
  return typeof value === 'number' ? value : undefined
}

/** All mail of the account in one piece, decoded and without repeated attachments, as xz has it. */
const solidXz: Measured = ({ facts }) =>
  facts['solid xz'] === undefined ? undefined : Number(facts['solid xz'])

/** The worst of all variants of a work. */
const worst =
  (work: string, figure: string, whose: (variant: string) => boolean = () => true): Measured =>
  ({ rows }, peer) => {
    const values = rows
      .filter((row) => row.work === work && row.peer === peer && whose(row.variant ?? ''))
      .flatMap(({ figures }) => figures[figure] ?? [])
    const numbers = values.filter((value) => typeof value === 'number')
    return numbers.length === 0 ? undefined : Math.max(...numbers)
  }

const isLie = (variant: string): boolean => variant.startsWith('endpoint:')

/** What is wanted of packetboat; less is better in every one. */
export const measures: readonly Measure[] = [
  { name: 'nothing changed: both ways', wanted: 2000, as: 'bytes', measured: ours('null', 'sum') },
  { name: 'nothing changed: effective round trips', wanted: 5, as: 'rtts', measured: ours('null', 'rtts') },
  {
    name: 'nothing changed, 200 mailboxes with 100,000 messages, against 11 with 1,000',
    wanted: 1.05,
    as: 'ratio',
    measured: ratio(ours('null-large', 'sum'), ours('null', 'sum')),
  },
  {
    name: 'first sync of 100,000 with a window of 90 days: until 50 are listed',
    wanted: 3000,
    as: 'bytes',
    measured: ours('window', 'pageBytes', '90 days'),
  },
  {
    name: 'first sync of 100,000 that the endpoint has not read yet: until 50 lie in the mail',
    wanted: 2,
    as: 'seconds',
    measured: ours('window-beside', 'pageSeconds', '100,000, first, while it is read'),
  },
  {
    name: 'first sync of 100,000 without a window: bytes of the list a message',
    wanted: 20,
    as: 'ratio',
    measured: ours('window', 'perMessage', 'all'),
  },
  { name: 'changes, text only: both ways', wanted: 4000, as: 'bytes', measured: ours('delta-text', 'sum') },
  {
    name: 'changes, text only: effective round trips',
    wanted: 6,
    as: 'rtts',
    measured: ours('delta-text', 'rtts'),
  },
  {
    name: 'changes with an attachment of 100 kB: both ways',
    wanted: 106_000,
    as: 'bytes',
    measured: ours('delta', 'sum'),
  },
  {
    name: 'first new text at 9600 bit/s, text only',
    wanted: 5,
    as: 'seconds',
    measured: ours('delta-text', 'firstText', 'gsm9600'),
  },
  {
    name: 'first new text at 9600 bit/s, with the attachment',
    wanted: 5,
    as: 'seconds',
    measured: ours('delta', 'firstText', 'gsm9600'),
  },
  {
    name: 'first sync, complete',
    wanted: 4_700_000,
    as: 'bytes',
    measured: ours('first', 'sum'),
    note: 'depends on the account: see its yardsticks',
  },
  {
    name: 'first sync, complete, against xz -9e of all its mail decoded and in one piece (4.70 over 4.28 MB there)',
    wanted: 1.1,
    as: 'ratio',
    measured: ratio(ours('first', 'sum'), solidXz),
  },
  {
    name: 'first sync: until the whole list is there',
    wanted: 30_000,
    as: 'bytes',
    measured: ours('first', 'listBytes'),
  },
  {
    name: 'first sync: until all first texts are there',
    wanted: 620_000,
    as: 'bytes',
    measured: ours('first', 'textsBytes'),
  },
  {
    name: 'real text mail, first sync, as a share of IMAP with DEFLATE',
    wanted: 0.64,
    as: 'ratio',
    measured: ratio(ours('ham', 'sum'), ofMbsync),
  },
  {
    name: 'modern mail: until everything readable can be read, with gists against without',
    wanted: 0.5,
    as: 'ratio',
    measured: ratio(
      ours('gists', 'textsAnswer', 'gists: always'),
      ours('gists', 'textsAnswer', 'gists: never'),
    ),
  },
  {
    name: 'replies to what is held, against the same without: down',
    wanted: 0.65,
    as: 'ratio',
    measured: ratio(ours('replies', 'down', 'known'), ours('replies', 'down', 'unknown')),
  },
  {
    name: 'a forward from the client of 400 kB that both hold: more than without the attachment',
    wanted: 1000,
    as: 'bytes',
    measured: ours('forward', 'more', 'sent here'),
  },
  {
    name: 'the same, arriving at the server',
    wanted: 1000,
    as: 'bytes',
    measured: ours('forward', 'more', 'arrived there'),
  },
  {
    name: 'an answer of 1 kB to known mail is sent: more than a sync that finds nothing',
    wanted: 600,
    as: 'bytes',
    measured: ours('sending', 'more', 'an answer'),
  },
  {
    name: 'an answer that the mail program files in Sent, against the same filed nowhere: payload',
    wanted: 1.05,
    as: 'ratio',
    measured: ratio(
      ours('sending', 'all', 'an answer, filed here too'),
      ours('sending', 'all', 'an answer, filed nowhere'),
    ),
  },
  {
    name: 'an answer that the endpoint files in Sent, against the same filed nowhere: payload',
    wanted: 1.05,
    as: 'ratio',
    measured: ratio(ours('sending', 'all', 'an answer'), ours('sending', 'all', 'an answer, filed nowhere')),
  },
  {
    name: 'a forward of 400 kB that wait at the endpoint is sent: up, more than a sync that finds nothing',
    wanted: 800,
    as: 'bytes',
    measured: ours('sending', 'moreUp', 'a forward of 400 kB that wait'),
  },
  {
    name: 'ten mails with the same 100 kB are sent, against one with it and nine without: payload',
    wanted: 1.05,
    as: 'ratio',
    measured: ratio(
      ours('sending', 'all', '100 kB to 10, a mail each'),
      sum(ours('sending', 'all', '100 kB to one'), ours('sending', 'all', 'nine answers')),
    ),
  },
  {
    name: '`sendmail`: processor time over that of `node -e 0`, ms',
    wanted: 100,
    as: 'ratio',
    measured: ours('sending', 'startMs', 'sendmail'),
  },
  {
    name: '400 kB at 9600 bit/s with a break every 30 s, against none',
    wanted: 1.08,
    as: 'ratio',
    measured: ours('breaks', 'ratio'),
  },
  {
    name: 'client, CPU of the first sync of 10,000 (docs/DESIGN-NOTES.md: where it goes)',
    wanted: 15,
    as: 'seconds',
    measured: ours('scale', 'clientCpu', 'first sync'),
  },
  {
    name: 'endpoint, CPU of the first sync of 10,000 (the same)',
    wanted: 8,
    as: 'seconds',
    measured: ours('scale', 'serverCpu', 'first sync'),
  },
  {
    name: 'client, peak memory of the first sync of 10,000',
    wanted: 250_000_000,
    as: 'bytes',
    measured: ours('scale', 'clientPeak', 'first sync'),
  },
  {
    name: 'the longest sync of another account beside an attack',
    wanted: 1,
    as: 'seconds',
    measured: worst('attacks', 'waited'),
  },
  {
    name: 'endpoint, peak memory under attack',
    wanted: 400_000_000,
    as: 'bytes',
    measured: worst('attacks', 'peak', (variant) => !isLie(variant)),
  },
  {
    name: 'client, peak memory under attack',
    wanted: 400_000_000,
    as: 'bytes',
    measured: worst('attacks', 'peak', isLie),
  },
  ...(
    [
      ['help', '--help', 2],
      ['version', '--version', 2],
      ['status', 'status', 3],
      ['sync', 'a sync that finds nothing', 6],
      ['sendmail', '`sendmail`, which queues a mail', 3],
    ] as const
  ).map(
    ([figure, words, wanted]): Measure => ({
      name: `${words}: processor time against \`node -e 0\`, worst version of Node`,
      wanted,
      as: 'ratio',
      measured: worst('start', figure),
    }),
  ),
  {
    name: 'a sync that finds nothing: peak memory, worst version of Node',
    wanted: 80_000_000,
    as: 'bytes',
    measured: worst('start', 'syncPeak'),
  },
]

export const measureHead = ['measure', 'wanted', 'measured', 'on a slow line', 'met']

export function measureRows(results: Results): string[][] {
  return measures.map(({ name, wanted, as, measured, note }) => {
    const [usual, slow] = [measured(results, 'packetboat'), measured(results, 'packetboat-slow')]
    const meets = (value: number | undefined): boolean => value !== undefined && value <= wanted
    const met = usual === undefined ? '' : meets(usual) ? 'yes' : meets(slow) ? 'on slow lines' : 'no'
    const label = note === undefined ? name : `${name} (${note})`
    return [label, show(wanted, as), show(usual, as), slow === undefined ? '' : show(slow, as), met]
  })
}
