import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How far two Maildir trees agree. */
export interface MaildirComparison {
  readonly equal: boolean
  /** Stand-ins on the second side: matched by number, since their bytes can't be equal. */
  readonly partial: number
  readonly report: string
}

/** Compares by mailbox, content digest and flags; a stand-in in `copy` matches any message that is otherwise missing there. */
export function compareMaildirs(original: string, copy: string): MaildirComparison {
  const left = readTree(original)
  const right = readTree(copy)
  let messages = 0
  let partial = 0
  const differences: string[] = []
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const there = left.get(name)
    const here = right.get(name)
    if (!there || !here) {
      differences.push(`mailbox ${name} is only on one side`)
      continue
    }
    const missing = new Map<string, number>()
    for (const key of there.whole) missing.set(key, (missing.get(key) ?? 0) + 1)
    let extra = 0
    for (const key of here.whole) {
      const count = missing.get(key) ?? 0
      if (count > 0) missing.set(key, count - 1)
      else extra++
    }
    const left_ = [...missing.values()].reduce((sum, count) => sum + count, 0)
    messages += there.whole.length
    partial += here.partial
    if (extra > 0 || left_ !== here.partial)
      differences.push(`${name}: ${left_ - here.partial} missing, ${extra} too many`)
  }
  const report =
    differences.length > 0 ? differences.join('; ') : `${messages} messages in ${left.size} mailboxes.`
  return { equal: differences.length === 0, partial, report }
}

function readTree(root: string): Map<string, { whole: string[]; partial: number }> {
  const tree = new Map<string, { whole: string[]; partial: number }>()
  const mailboxes = readdirSync(root).filter(
    (name) => name.startsWith('.') && existsSync(join(root, name, 'cur')),
  )
  for (const name of ['', ...mailboxes]) {
    const mailbox = { whole: [] as string[], partial: 0 }
    for (const folder of ['cur', 'new'])
      for (const file of readdirSync(join(root, name, folder))) {
        const bytes = readFileSync(join(root, name, folder, file))
        const header =
          bytes
            .subarray(0, 65536)
            .toString('latin1')
            .split(/\r?\n\r?\n/)[0] ?? ''
        if (/^X-Packetboat-Partial:/m.test(header)) mailbox.partial++
        else
          mailbox.whole.push(
            `${createHash('sha256').update(bytes).digest('hex')} ${flagsOf(root, name, file)}`,
          )
      }
    tree.set(name || 'INBOX', mailbox)
  }
  return tree
}

/** System flags by letter, keywords by name: their letters may differ between the two sides. */
function flagsOf(root: string, mailbox: string, file: string): string {
  const letters = /:2,([A-Za-z]*)/.exec(file)?.[1] ?? ''
  const path = join(root, mailbox, 'dovecot-keywords')
  const names = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
  const keyword = (letter: string): string => {
    const index = String(letter.charCodeAt(0) - 97)
    return names.find((line) => line.startsWith(`${index} `))?.slice(index.length + 1) ?? ''
  }
  return [...letters]
    .map((letter) => (/[a-z]/.test(letter) ? keyword(letter) : letter))
    .sort()
    .join(',')
}
