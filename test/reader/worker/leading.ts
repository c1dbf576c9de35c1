import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { notPaired } from '../../../src/reader/line/pair-browser.js'
import type { ReaderEvent, ReaderPort, ReaderState } from '../../../src/reader/port.js'
import { type Leader, lead } from '../../../src/reader/worker/leader.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import { type MailboxPath, pathText } from '../../../src/replica/model.js'
import type { MessageRecord } from '../../../src/replica/records.js'
import { type MemorySnapshot, MemoryStore } from '../../../src/store/memory-store.js'
import type { Account } from '../../../src/sync/account.js'
import { type MemoryLink, memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { writingBehind } from '../../world/writing-behind.js'

/** A reader's worker and its endpoint, in memory: what a browser brings is played. */
export interface Leading {
  readonly endpoint: Side
  readonly link: MemoryLink
  readonly leader: Leader
  readonly port: ReaderPort
  readonly account: Account
  readonly events: ReaderEvent[]
  /** The cookie leads nowhere any more. */
  revoked: boolean
  /** The answers to pairing come. */
  answersPairing: boolean
  /** Whose mail a good link leads to, and the cookie of it. */
  owner: string
  /** How many commits the disk still takes: then the browser gives no more room, or has died, if it is killed. */
  commitsLeft: number
  /** The browser was told to save data. */
  savesData: boolean
  /** The browser is killed: what was flushed is there again. */
  kill(): Promise<void>
  /** The browser deletes what it kept. */
  lose(): Promise<void>
  /** Live messages, as the replica has them. */
  messages(path: MailboxPath): Promise<MessageRecord[]>
  state(): Promise<ReaderState>
}

export async function makeLeading(): Promise<Leading> {
  const random = seededRandom(29)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  let nowMs = 1_700_000_000_000
  let leader: Leader
  let disk: MemoryStore
  const events: ReaderEvent[] = []
  const link = memoryLink(() => endpoint.account)
  const refuseWhenFull = (): void => {
    if (leading.commitsLeft-- <= 0)
      throw new PacketboatError('DISK_FULL', 'The browser gives no more room.', 'Make room.')
  }
  const start = async (content: MemorySnapshot | undefined): Promise<void> => {
    disk = new MemoryStore({ ...(content && { content }), onCommit: refuseWhenFull })
    leader = await lead({
      store: writingBehind(disk),
      now: () => nowMs++,
      randomBytes: (size) => random.bytes(size),
      openLink: () => ({
        ...link,
        exchange: async (request, signal) => {
          if (leading.revoked) throw notPaired()
          return link.exchange(request, signal)
        },
        close: async () => undefined,
      }),
      askAccount: async (token) => {
        if (leading.revoked || (token !== undefined && token !== 'good'))
          throw new PacketboatError('AUTH', 'This link was used already.', 'Ask for another one.')
        if (!leading.answersPairing)
          throw new PacketboatError('LINK_FAILED', 'The connection was lost.', 'Try it again.')
        return leading.owner
      },
      isPersisted: async () => true,
      savesData: () => leading.savesData,
      deleteDisk: async () => {
        disk = new MemoryStore()
      },
      onEvent: (event) => events.push(event),
    })
  }
  const leading: Leading = {
    endpoint,
    link,
    events,
    revoked: false,
    answersPairing: true,
    owner: 'me',
    commitsLeft: Number.POSITIVE_INFINITY,
    savesData: false,
    get leader() {
      return leader
    },
    get port() {
      return leader.port
    },
    get account() {
      return leader.account
    },
    kill: () => start(disk.snapshot()),
    lose: () => start(undefined),
    messages: async (path) => {
      const { db } = leader.account.replica
      const mailbox = (await listMailboxes(db)).find((each) => pathText(each.path) === pathText(path))
      const found: MessageRecord[] = []
      if (mailbox) for await (const message of liveMessages(db, mailbox.guid)) found.push(message)
      return found
    },
    state: () => leader.port.state(),
  }
  await start(undefined)
  return leading
}
