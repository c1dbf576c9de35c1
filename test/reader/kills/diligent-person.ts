import type { Draft, MailboxRow, MessageRow, ReaderPort } from '../../../src/reader/port.js'
import type { Random } from '../../world/random.js'

/** Somebody who does things in a reader that may die under them, and who remembers what it has said was done. */
export interface DiligentPerson {
  /** Acts that were answered. */
  readonly done: number
  /** What the screen has confirmed: each message's mailbox and keyword, and each draft's text. */
  readonly known: ReadonlyMap<string, string>
  /** Names of the drafts that were sent. */
  readonly sent: readonly string[]
  /** Does one thing after the other until the reader is gone, and throws what came of that. */
  act(port: ReaderPort): Promise<never>
  /** Compares what is there with what was confirmed, or with what was under way. Throws if it is neither. */
  look(port: ReaderPort): Promise<void>
}

/** Not there. */
const gone = 'gone'
const ourKeyword = /^n\d+$/

export function diligentPerson(random: Random): DiligentPerson {
  const known = new Map<string, string>()
  /** Begun, and not answered. */
  const trying = new Map<string, string>()
  const drafts = new Map<string, Draft>()
  const sent: string[] = []
  let [done, serial] = [0, 0]

  async function doing(what: string, result: string, work: () => Promise<unknown>): Promise<void> {
    trying.set(what, result)
    await work()
    known.set(what, result)
    trying.delete(what)
    done++
    if (result === gone) hasLeft(what)
  }
  function hasLeft(name: string): void {
    drafts.delete(name)
    sent.push(name)
  }

  async function file(port: ReaderPort): Promise<never> {
    for (;;) {
      const mailboxes = await port.mailboxes()
      const rows = await rowsIn(port, mailboxes)
      const { row, at } = random.pick(rows.filter(({ row }) => row.subject.startsWith('letter')))
      const to = random.pick(mailboxes.filter(({ path }) => ['INBOX', 'Later'].includes(path.join())))
      if (random.below(3) === 0 && to.path.join() !== at) {
        const place = `place of ${row.subject}`
        if (!known.has(place)) known.set(place, at)
        await doing(place, to.path.join(), () => port.move([row.guid], to.guid))
      } else {
        const [add, remove] = [[`n${++serial}`], row.flags.filter((flag) => ourKeyword.test(flag))]
        await doing(`mark of ${row.subject}`, add.join(), () => port.mark([row.guid], { add, remove }))
      }
    }
  }

  async function write(port: ReaderPort): Promise<never> {
    for (;;) {
      // What was being sent and hasn't left is sent again as it was.
      const again = [...trying].find(([, result]) => result === gone)?.[0]
      const name = again ?? `draft${random.below(4)}x${sent.length}`
      const before = drafts.get(name)
      if (before && (again !== undefined || random.below(4) === 0))
        await doing(name, gone, () => port.send(before))
      else {
        const text = `${name} ${++serial}`
        const id = name.padEnd(20, 'd')
        const draft = { id, to: `${name}@example.org`, cc: '', bcc: '', subject: text, text, files: [] }
        drafts.set(name, draft)
        await doing(name, text, () => port.saveDraft(draft))
      }
    }
  }

  return {
    known,
    sent,
    get done() {
      return done
    },
    act: (port) => Promise.race([file(port), write(port)]),
    look: async (port) => {
      const found = new Map<string, string>()
      const find = (what: string, result: string): void => {
        if (found.has(what)) throw new Error(`${what} is there twice: ${found.get(what)} and ${result}`)
        found.set(what, result)
      }
      for (const { row, at } of await rowsIn(port, await port.mailboxes())) {
        const { subject, flags } = row
        const [name = ''] = subject.split(' ')
        if (name.startsWith('draft')) find(name, subject)
        else {
          find(`place of ${subject}`, at)
          find(`mark of ${subject}`, flags.filter((flag) => ourKeyword.test(flag)).join() || gone)
        }
      }
      for (const what of new Set([...known.keys(), ...trying.keys()])) {
        const seen = found.get(what) ?? gone
        const may = [known.get(what) ?? gone, trying.get(what)]
        if (!may.includes(seen)) throw new Error(`${what}: ${seen}, and it was to be ${may.join(', or ')}`)
        if (trying.get(what) === gone && seen !== gone) continue
        if (trying.get(what) === gone) hasLeft(what)
        // Never saved: that it is missing doesn't show whether it was sent.
        else if (seen === gone) drafts.delete(what)
        if (seen !== gone || known.has(what)) known.set(what, seen)
        trying.delete(what)
      }
    },
  }
}

interface Placed {
  readonly row: MessageRow
  readonly at: string
}

async function rowsIn(port: ReaderPort, mailboxes: readonly MailboxRow[]): Promise<Placed[]> {
  const lists = mailboxes.map(async ({ guid, path }) => {
    const found: Placed[] = []
    // No list gives more than some at once.
    for (let total = 1; found.length < total; ) {
      const page = await port.list(guid, found.length, 500)
      if (page.rows.length === 0) break
      total = page.total
      found.push(...page.rows.map((row) => ({ row, at: path.join() })))
    }
    return found
  })
  return (await Promise.all(lists)).flat()
}
