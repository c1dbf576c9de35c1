import { parseArgs } from 'node:util'
import { isLineName, type LineName } from './line/lines.js'

export interface Options {
  /** A directory of messages; made ones when undefined. */
  readonly corpus: string | undefined
  /** A Maildir++ tree that is the account as it stands. */
  readonly account: string | undefined
  readonly only: readonly string[] | undefined
  /** Names; undefined means all. */
  readonly peers: readonly string[] | undefined
  readonly messages: number
  /** Of the accounts of `window-beside`, in 200 mailboxes each. */
  readonly sizes: readonly number[]
  readonly lines: readonly LineName[]
  readonly quick: boolean
  readonly program: string
  /** Results are read from and kept in this file. */
  readonly keep: string | undefined
  /** Write docs/BENCHMARKS.md although not everything was run. */
  readonly write: boolean
  /** Put what was run into docs/BENCHMARKS.md, in the place of the same sections there. */
  readonly part: boolean
}

export const usage = `npm run bench -- [OPTIONS]

  --only WORK,...    first null delta-text delta delta-slow tasks replies newsletters forward sending breaks ham gists scale attachment codecs
                     attacks start reader; null-large, window and window-beside only when named or with --full
  --peers NAME,...   mbsync mbsync-plain mbsync-tls offlineimap interimap dsync muchsync rsync; none: packetboat alone
  --corpus DIR       messages, one a file or mboxes (default: made ones)
  --account MAILDIR  a Maildir++ tree to be used as it stands
  --messages N       in the account (default 1000)
  --sizes N,...      messages of the accounts of window-beside (default 100000; with --full also 300000 and 1000000,
                     which need much room where TMPDIR is)
  --lines NAME,...   real time for deltas: gsm9600 (default) dialup56 iridium2400 vsat; none
  --quick            fewer messages and repetitions, no real time: shows that all works, its figures mean little
  --full             all of them
  --program PATH     another bin/packetboat (or in the environment: PACKETBOAT)
  --keep FILE        goes on with the results in FILE, and keeps them there
  --write            writes docs/BENCHMARKS.md also from a part
  --part             puts the sections of what was run into docs/BENCHMARKS.md, and leaves the others as they are`

export function readOptions(args: readonly string[], defaultProgram: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      corpus: { type: 'string' },
      account: { type: 'string' },
      messages: { type: 'string' },
      sizes: { type: 'string' },
      lines: { type: 'string' },
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      program: { type: 'string' },
      keep: { type: 'string' },
      write: { type: 'boolean', default: false },
      part: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    process.exit(0)
  }
  const list = (text: string | undefined): string[] | undefined =>
    text === undefined ? undefined : text.split(',').filter((name) => name !== '' && name !== 'none')
  const lines = list(values.lines) ?? (values.quick ? [] : ['gsm9600'])
  for (const name of lines) if (!isLineName(name)) throw new Error(`There is no line ${name}.`)
  return {
    corpus: values.corpus,
    account: values.account,
    only: values.full ? [...allWorks] : list(values.only),
    peers: list(values.peers),
    messages: Number(values.messages ?? (values.quick ? 200 : 1000)),
    sizes: list(values.sizes ?? (values.full ? '100000,300000,1000000' : '100000'))?.map(Number) ?? [],
    lines: lines.filter(isLineName),
    quick: values.quick,
    program: values.program ?? process.env['PACKETBOAT'] ?? defaultProgram,
    keep: values.keep,
    write: values.write,
    part: values.part,
  }
}

const defaultWorks = [
  'first',
  'null',
  'delta-text',
  'delta',
  'delta-slow',
  'tasks',
  'replies',
  'newsletters',
  'forward',
  'sending',
  'breaks',
  'ham',
  'gists',
  'scale',
  'attachment',
  'codecs',
  'attacks',
  'start',
  'reader',
] as const

const allWorks = [...defaultWorks, 'null-large', 'window', 'window-beside'] as const

/** `delta` means both deltas; `delta-slow` also runs the long one in real time, which takes minutes a peer. */
export function wanted(only: readonly string[] | undefined): (work: string) => boolean {
  const works = new Set<string>(only ?? defaultWorks)
  for (const work of works)
    if (!allWorks.some((name) => name === work)) throw new Error(`There is no work ${work}.\n\n${usage}`)
  if (works.has('delta-slow')) works.add('delta')
  if (works.has('delta')) works.add('delta-text')
  return (work) => works.has(work)
}
