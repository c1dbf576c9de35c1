import type { Socket } from 'node:net'
import { type OddArgument, type OddCommand, readCommands } from './odd-imap-commands.js'
import { fitting } from './odd-imap-search.js'
import type { OddBox, OddMessage, OddServer } from './odd-imap-server.js'

/** One connection to an `OddServer`. */
export function serveSession(server: OddServer, socket: Socket): void {
  const session = new Session(server, (said) => {
    const line = server.odd.line?.(said) ?? said
    if (line !== '' && !socket.writableEnded) socket.write(Buffer.from(`${line}\r\n`, 'latin1'))
  })
  const { say } = session
  say(`* OK [CAPABILITY IMAP4rev1 ${server.extensions}] ready`)
  readCommands(socket, say, (command) => {
    if (socket.writableEnded || socket.destroyed) return
    server.asked.push(command.text)
    const answer = server.odd.command?.(command) ?? session.run(command)
    if (answer === 'HANG-UP') socket.end()
    else if (answer === 'DRIP') {
      const drip = setInterval(() => say('* OK still at it'), 50)
      socket.once('close', () => clearInterval(drip))
    } else if (answer !== 'SILENCE') say(`${command.tag} ${answer}${answer.includes(' ') ? '' : ' done'}`)
  })
}

const systemFlags = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'
const quote = (name: string): string => `"${name.replace(/["\\]/g, '\\$&')}"`
const uidsOf = (messages: readonly OddMessage[]): string => messages.map(({ uid }) => uid).join()

/** What a pattern of LIST stands for (RFC 3501 6.3.8), where the delimiter is a slash. */
const matching = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern.replace(/[^%*\w]/g, '\\$&').replace(/[%*]/g, (sign) => (sign === '*' ? '.*' : '[^/]*'))}$`,
  )

class Session {
  private selected: OddBox | undefined
  /** The messages that the client knows of, by their numbers. */
  private told: readonly OddMessage[] = []

  constructor(
    private readonly server: OddServer,
    readonly say: (line: string) => void,
  ) {}

  run({ name, args, text }: OddCommand): string {
    const { server } = this
    const [first = '', second = ''] = args.map((each) => (typeof each === 'string' ? each : ''))
    const box = server.box(first)
    switch (name) {
      case 'CAPABILITY':
        this.say(`* CAPABILITY IMAP4rev1 ${server.extensions}`)
        return 'OK'
      case 'NAMESPACE':
        this.say(`* NAMESPACE (("${server.prefix}" "${server.delimiter}")) NIL NIL`)
        return 'OK'
      case 'LIST':
      case 'LSUB':
        for (const each of server.boxes.keys())
          if (matching(second).test(each) && !server.odd.unlisted?.(each))
            this.say(`* ${name} () "${server.delimiter}" ${quote(each)}`)
        return 'OK'
      case 'STATUS': {
        if (!box) return 'NO [NONEXISTENT] no such mailbox'
        const unseen = box.messages.filter(({ flags }) => !flags.includes('\\Seen')).length
        const more = this.keepsModseqs ? `HIGHESTMODSEQ ${box.modseq}` : `UNSEEN ${unseen}`
        this.say(
          `* STATUS ${quote(first)} (MESSAGES ${box.messages.length} UIDNEXT ${box.uidNext} UIDVALIDITY ${box.uidValidity} ${more})`,
        )
        return 'OK'
      }
      case 'SELECT':
        return this.select(box)
      case 'CREATE':
        server.make(first)
        return 'OK'
      case 'DELETE':
        return server.boxes.delete(first) ? 'OK' : 'NO [NONEXISTENT] no such mailbox'
      case 'RENAME':
        if (!box) return 'NO [NONEXISTENT] no such mailbox'
        server.boxes.set(second, box)
        server.boxes.delete(first)
        return 'OK'
      case 'APPEND': {
        if (!box) return 'NO [TRYCREATE] no such mailbox'
        const flags = args.find((each) => Array.isArray(each)) as string[] | undefined
        const { uid } = box.add(String(args.at(-1)), { flags: flags ?? [], date: `"${args.at(-2)}"` })
        return `OK [APPENDUID ${box.uidValidity} ${uid}] done`
      }
      case 'UID SEARCH': {
        const among = fitting(args, this.messages, (uids) => this.named(uids))
        const named = among.map(({ uid }) => uid).join(' ')
        this.say(`* SEARCH ${server.odd.search?.(text) ?? named}`.trimEnd())
        return 'OK'
      }
      case 'UID FETCH':
        return this.fetch(args)
      case 'UID STORE':
        return this.store(first, args.slice(1))
      case 'UID COPY':
      case 'UID MOVE':
        return this.transfer(name === 'UID MOVE', first, second)
      case 'EXPUNGE':
      case 'UID EXPUNGE': {
        const among = name === 'EXPUNGE' ? this.messages : this.named(first)
        this.selected?.remove(among.filter(({ flags }) => flags.includes('\\Deleted')))
        this.tell()
        return 'OK'
      }
      case 'LOGOUT':
        this.say('* BYE')
        return 'OK'
      case 'NOOP':
        this.tell()
        return 'OK'
      default:
        return 'OK'
    }
  }

  private get keepsModseqs(): boolean {
    return this.server.extensions.includes('CONDSTORE')
  }

  private get resyncs(): boolean {
    return this.server.extensions.includes('QRESYNC')
  }

  private get messages(): readonly OddMessage[] {
    return this.selected?.messages ?? []
  }

  private tell(): void {
    const gone = this.told.filter((each) => !this.messages.includes(each))
    if (!this.resyncs)
      for (const each of [...gone].reverse()) this.say(`* ${this.told.indexOf(each) + 1} EXPUNGE`)
    else if (gone.length > 0) this.say(`* VANISHED ${uidsOf(gone)}`)
    const grown = this.messages.some((each) => !this.told.includes(each))
    this.told = [...this.messages]
    if (grown) this.say(`* ${this.told.length} EXISTS`)
  }

  private select(box: OddBox | undefined): string {
    this.selected = box
    this.told = [...this.messages]
    if (!box) return 'NO [NONEXISTENT] no such mailbox'
    const keywords = new Set(
      box.messages.flatMap(({ flags }) => flags.filter((flag) => !flag.startsWith('\\'))),
    )
    this.say(`* FLAGS (${[systemFlags, ...keywords].join(' ')})`)
    this.say(`* OK [PERMANENTFLAGS (${[systemFlags, ...keywords, '\\*'].join(' ')})] yes`)
    this.say(`* ${box.messages.length} EXISTS`)
    this.say(`* OK [UIDVALIDITY ${box.uidValidity}] yes`)
    this.say(`* OK [UIDNEXT ${box.uidNext}] yes`)
    if (this.keepsModseqs) this.say(`* OK [HIGHESTMODSEQ ${box.modseq}] yes`)
    return 'OK [READ-WRITE] selected'
  }

  private named(set: string): OddMessage[] {
    const top = Math.max(0, ...this.messages.map(({ uid }) => uid))
    const ranges = set.split(',').map((part) => {
      const [a = 0, b = a] = part.split(':').map((each) => (each === '*' ? top : Number(each)))
      return [Math.min(a, b), Math.max(a, b)] as const
    })
    return this.messages.filter(({ uid }) => ranges.some(([from, to]) => uid >= from && uid <= to))
  }

  private fetch([set, wanted, more]: readonly OddArgument[]): string {
    const items = [wanted ?? []].flat().map(String)
    const since = Array.isArray(more) ? Number(more[1]) : 0
    if (since > 0) items.push('MODSEQ')
    const vanished = (this.selected?.vanished ?? []).filter(({ modseq }) => modseq > since)
    if (Array.isArray(more) && more.includes('VANISHED') && vanished.length > 0)
      this.say(`* VANISHED (EARLIER) ${vanished.map(({ uid }) => uid).join()}`)
    for (const message of this.named(String(set))) {
      if (message.modseq <= since) continue
      const odd = this.server.odd.fetch?.(message, items)
      if (odd === 'PASS') continue
      if (odd !== undefined) return odd
      const parts = items.map((item) => {
        const text = this.itemOf(item.toUpperCase(), message)
        return this.server.odd.item?.(item.toUpperCase(), message, text) ?? text
      })
      this.say(
        `* ${this.messages.indexOf(message) + 1} FETCH (${parts.filter((part) => part !== '').join(' ')})`,
      )
    }
    return 'OK'
  }

  private itemOf(item: string, message: OddMessage): string {
    const [, from, length] = /<(\d+)\.(\d+)>/.exec(item) ?? []
    switch (item.replace(/\[.*$/, '')) {
      case 'UID':
        return `UID ${message.uid}`
      case 'FLAGS':
        return `FLAGS (${message.flags.join(' ')})`
      case 'INTERNALDATE':
        return message.date === undefined ? '' : `INTERNALDATE ${message.date}`
      case 'RFC822.SIZE':
        return `RFC822.SIZE ${message.bytes.length}`
      case 'ENVELOPE':
        return `ENVELOPE ${envelopeOf(message.bytes)}`
      case 'MODSEQ':
        return `MODSEQ (${message.modseq})`
      case 'BODY':
      case 'BODY.PEEK': {
        const whole = from === undefined || this.server.odd.ignoresRanges
        const bytes = whole ? message.bytes : message.bytes.slice(Number(from), Number(from) + Number(length))
        return `BODY[]${whole ? '' : `<${from}>`} {${bytes.length}}\r\n${bytes}`
      }
      default:
        return ''
    }
  }

  private store(set: string, args: readonly OddArgument[]): string {
    const how = String(args.at(-2))
    const flags = [args.at(-1) ?? []]
      .flat()
      .map((flag) => this.server.odd.flag?.(String(flag)) ?? String(flag))
    for (const message of this.named(set)) {
      message.flags = message.flags.filter((flag) => !flags.includes(flag))
      if (how.startsWith('+')) message.flags.push(...flags)
      if (this.selected) message.modseq = ++this.selected.modseq
      if (!how.endsWith('.SILENT'))
        this.say(
          `* ${this.messages.indexOf(message) + 1} FETCH (UID ${message.uid} FLAGS (${message.flags.join(' ')}))`,
        )
    }
    return 'OK'
  }

  private transfer(moves: boolean, set: string, name: string): string {
    const to = this.server.box(name)
    if (!to) return 'NO [TRYCREATE] no such mailbox'
    const from = this.named(set)
    const there = from.map(({ bytes, flags, date }) => to.add(bytes, { flags: [...flags], date }))
    const code = `[COPYUID ${to.uidValidity} ${uidsOf(from)} ${uidsOf(there)}]`
    if (!moves || !this.selected) return `OK ${code} copied`
    this.say(`* OK ${code} moved`)
    this.selected.remove(from)
    this.tell()
    return 'OK moved'
  }
}

/** RFC 9051 7.5.2, of mails with one sender and one recipient at most. */
function envelopeOf(mail: string): string {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*?)\\r?$`, 'm').exec(mail)?.[1]
  const text = (value: string | undefined): string => (value === undefined ? 'NIL' : JSON.stringify(value))
  const person = (value: string | undefined): string => {
    const [, name, local, host] = /^(?:(.*) )?<(.*)@(.*)>$/.exec(value ?? '') ?? []
    return local === undefined ? 'NIL' : `((${text(name)} NIL ${text(local)} ${text(host)}))`
  }
  const from = person(field('From'))
  const people = [from, from, from, person(field('To')), 'NIL', 'NIL']
  return `(${[text(field('Date')), text(field('Subject')), ...people, text(field('In-Reply-To')), text(field('Message-ID'))].join(' ')})`
}
