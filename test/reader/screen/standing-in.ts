import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import type { AshoreView, Matters } from '../../../src/reader/matters.js'
import type {
  Draft,
  MailboxRow,
  MessageRow,
  PartBytes,
  ReaderEvent,
  ReaderPort,
  ReaderState,
  ShownMessage,
  ShownPart,
  Synced,
  SyncTerms,
} from '../../../src/reader/port.js'

/** What a made mail says besides its row. */
export interface MadeMail {
  readonly shown?: Partial<ShownMessage>
  readonly texts?: ShownMessage['texts']
  readonly parts?: readonly ShownPart[]
  readonly bytes?: Readonly<Record<number, string>>
}

export interface MadeAccount {
  readonly messages: number
  readonly mails?: Readonly<Record<number, MadeMail>>
  /** By place, as long as there are. */
  readonly senders?: readonly string[]
  readonly subjects?: Readonly<Record<number, string>>
  readonly state?: Partial<ReaderState>
  readonly matters?: Partial<Matters>
  readonly ashore?: Partial<AshoreView>
  readonly terms?: SyncTerms
  /** What fails when it is called. */
  readonly failing?: readonly (keyof ReaderPort)[]
  /** A sync goes on until it is stopped. */
  readonly isSlow?: boolean
}

/** Stands in for the worker: it has the same port, and mail that is made as it is asked for. What was called, a test can ask. */
export interface StandIn {
  readonly port: ReaderPort
  readonly calls: string[]
  readonly saved: Draft[]
  tell(event: ReaderEvent): void
}

const dayMs = 86_400_000
const newestMs = Date.UTC(2026, 10, 2, 10)
const inbox = '1'.repeat(32)

const gone = () => new PacketboatError('NOT_FOUND', 'This message is gone.', 'Look at the list again.')

export function standIn(account: MadeAccount, onEvent: (event: ReaderEvent) => void): StandIn {
  const calls: string[] = []
  const saved: Draft[] = []
  const flags = new Map<string, readonly string[]>()
  const states = new Map<string, ShownPart['state']>()
  let order = Array.from({ length: account.messages }, (_, at) => at)
  const guidOf = (at: number): string => String(at).padStart(32, '0')
  const state: ReaderState = {
    account: 'me',
    leads: true,
    syncing: false,
    unsent: 0,
    persisted: true,
    lost: false,
    revoked: false,
    ...account.state,
  }
  const row = (at: number): MessageRow => ({
    guid: guidOf(at),
    mailbox: inbox,
    from: [{ name: account.senders?.[at] ?? `Ann ${at}`, address: 'ann@example.org' }],
    to: [{ name: '', address: 'me@example.org' }],
    subject: account.subjects?.[at] ?? `Message ${at}`,
    dateMs: newestMs - at * dayMs,
    arrivedMs: newestMs - at * dayMs,
    flags: flags.get(guidOf(at)) ?? (at % 3 === 0 ? [] : ['\\Seen']),
    sizeBytes: 1000 + at,
    missingBytes: at % 5 === 4 ? 2_100_000 : 0,
    depth: at % 7 === 6 ? 1 : 0,
  })
  const partsOf = (at: number): ShownPart[] =>
    (account.mails?.[at]?.parts ?? []).map((part) => ({
      ...part,
      state: states.get(`${at}/${part.part}`) ?? part.state,
    }))
  const find = (guid: string): number => {
    const at = Number(guid)
    if (!order.includes(at)) throw gone()
    return at
  }
  const changed = (): void => onEvent({ event: 'changed' })
  const mailboxes = (): MailboxRow[] => [
    {
      guid: inbox,
      path: ['INBOX'],
      messages: order.length,
      unseen: order.filter((at) => !row(at).flags.includes('\\Seen')).length,
      why: 'inbox',
    },
    { guid: '2'.repeat(32), path: ['Archive'], specialUse: '\\Archive', messages: 0, unseen: 0, why: 'name' },
    { guid: '3'.repeat(32), path: ['Trash'], specialUse: '\\Trash', messages: 0, unseen: 0, why: 'last' },
  ]
  const synced: Synced = {
    up: 100,
    down: 5000,
    seconds: 3,
    listed: 2,
    texts: 2,
    contents: 2,
    changed: 0,
    paused: false,
    healed: false,
    heldBack: [],
    problems: 0,
  }
  const progress = { up: 1000, down: 20_000, rate: 300, listed: 1, texts: 1, contents: 1, secondsLeft: 34 }
  let stop = (): void => undefined
  const stopped = new Promise<void>((resolve) => {
    stop = resolve
  })
  const take = (guids: readonly string[]): void => {
    order = order.filter((at) => !guids.includes(guidOf(at)))
    changed()
  }
  const port: ReaderPort = {
    state: async () => state,
    mailboxes: async () => mailboxes(),
    list: async (mailbox, from, count) =>
      mailbox === inbox
        ? { total: order.length, from, rows: order.slice(from, from + count).map(row) }
        : { total: 0, from, rows: [] },
    position: async (_, guid) => {
      const at = order.indexOf(Number(guid))
      return at < 0 ? undefined : at
    },
    message: async (guid) => {
      const at = find(guid)
      return {
        ...row(at),
        cc: [],
        reply: { to: row(at).from, cc: [] },
        namesAll: true,
        ...account.mails?.[at]?.shown,
        texts: account.mails?.[at]?.texts ?? [{ part: 0, text: `The text of message ${at}.`, cut: false }],
        parts: partsOf(at),
      }
    },
    part: async (guid, part): Promise<PartBytes> => {
      const text = account.mails?.[find(guid)]?.bytes?.[part]
      if (text === undefined) throw gone()
      return { type: 'text/html', charset: 'utf-8', bytes: new TextEncoder().encode(text) }
    },
    search: async (words, count) =>
      order
        .map(row)
        .filter(({ subject }) => subject.includes(words))
        .slice(0, count),
    matters: async () => ({ conflicts: [], problems: [], untold: 0, ...account.matters }),
    ashore: async () => ({ mailboxes: [], questions: [], ...account.ashore }),
    terms: async () => terms,
    settle: async () => changed(),
    retry: async () => changed(),
    ask: async () => changed(),
    take: async () => changed(),
    setTerms: async (said) => {
      terms = said
      changed()
    },
    wanted: async () =>
      order.flatMap((at) =>
        partsOf(at)
          .filter((part) => part.state === 'wanted')
          .map((part) => ({ message: guidOf(at), subject: row(at).subject, part })),
      ),
    pair: async () => 'me',
    mark: async (guids, { add, remove }) => {
      for (const guid of guids) {
        const before = row(find(guid)).flags
        flags.set(guid, [...before.filter((each) => !remove.includes(each)), ...add])
      }
      changed()
    },
    move: async (guids) => take(guids),
    remove: async (guids) => take(guids),
    want: async (guid, parts) => {
      for (const part of parts) states.set(`${Number(guid)}/${part}`, 'wanted')
      changed()
    },
    unwant: async (guid, parts) => {
      for (const part of parts) states.set(`${Number(guid)}/${part}`, 'later')
      changed()
    },
    saveDraft: async (draft) => {
      saved.push(draft)
      return guidOf(999_999)
    },
    discardDraft: async () => undefined,
    send: async (draft) => {
      saved.push(draft)
    },
    sync: async ({ bytes } = {}) => {
      if (!account.isSlow) return { ...synced, paused: bytes !== undefined }
      onEvent({ event: 'progress', progress })
      await stopped
      throw new PacketboatError('INTERRUPTED', 'Stopped.', 'Everything that arrived is kept.')
    },
    stop: async () => stop(),
    deleteAll: async () => onEvent({ event: 'deleted' }),
  }
  let terms = account.terms ?? {}
  const noted = new Proxy(port, {
    get: (all, name: keyof ReaderPort) => {
      const act = all[name] as ((...given: unknown[]) => unknown) | undefined
      if (!act) return undefined
      return (...given: unknown[]) => {
        if (account.failing?.includes(name))
          return Promise.reject(new PacketboatError('LINK_FAILED', 'No line.', 'Try again later.'))
        calls.push(`${name} ${JSON.stringify(given)}`)
        return act(...given)
      }
    },
  })
  return { port: noted, calls, saved, tell: onEvent }
}
