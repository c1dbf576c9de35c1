import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface TreeComparison {
  /** Same mailboxes, and in each the same messages (by digest) with the same flags. A stand-in equals nothing. */
  readonly equal: boolean
  /** As `equal`, but a stand-in on the right may take the place of the message with its Message-ID and flags on the left. */
  readonly equalButForStandIns: boolean
  /** On the right. */
  readonly standIns: number
  readonly messages: number
  /** One line each, for people. */
  readonly differences: readonly string[]
}

interface TreeMessage {
  readonly digest: string
  readonly flags: string
  readonly messageId: string
  readonly subject: string
  readonly standIn: boolean
}

/** Compares two Maildir++ trees, whatever their file names, the order of flags and the letters of keywords. */
export function compareTrees(left: string, right: string): TreeComparison {
  const [there, here] = [readTree(left), readTree(right)]
  const differences: string[] = []
  let standIns = 0
  let messages = 0
  for (const name of [...new Set([...there.keys(), ...here.keys()])].sort()) {
    const [before, after] = [there.get(name), here.get(name)]
    if (!before || !after) {
      differences.push(`mailbox ${name} is only on the ${before ? 'left' : 'right'}`)
      continue
    }
    messages += before.length
    standIns += after.filter(({ standIn }) => standIn).length
    differences.push(...compareMailbox(name, before, after))
  }
  const equalButForStandIns = differences.length === 0
  return {
    equal: equalButForStandIns && standIns === 0,
    equalButForStandIns,
    standIns,
    messages,
    differences,
  }
}

function compareMailbox(name: string, left: readonly TreeMessage[], right: readonly TreeMessage[]): string[] {
  const missing = [...left]
  const take = (fits: (message: TreeMessage) => boolean): TreeMessage | undefined => {
    const index = missing.findIndex(fits)
    return index < 0 ? undefined : missing.splice(index, 1)[0]
  }
  const equal = (a: TreeMessage, b: TreeMessage): boolean => a.digest === b.digest && a.flags === b.flags
  const whole = right.filter(({ standIn }) => !standIn)
  const over = whole.filter((message) => !take((other) => equal(other, message)))
  const lost = right
    .filter(({ standIn }) => standIn)
    .filter(
      (message) => !take((other) => other.messageId === message.messageId && other.flags === message.flags),
    )
  const differences: string[] = []
  for (const message of [...over, ...lost]) {
    const other = take(({ digest, messageId }) =>
      message.standIn ? messageId === message.messageId : digest === message.digest,
    )
    differences.push(
      other
        ? `${name}: ${describe(message)} has flags ${other.flags || 'none'} on the left, ${message.flags || 'none'} on the right`
        : `${name}: ${describe(message)} is only on the right`,
    )
  }
  return [...differences, ...missing.map((message) => `${name}: ${describe(message)} is only on the left`)]
}

function describe({ subject, digest, flags, standIn }: TreeMessage): string {
  return `${standIn ? 'stand-in ' : ''}"${subject}" (${digest.slice(0, 8)}, ${flags || 'no flags'})`
}

function readTree(root: string): Map<string, TreeMessage[]> {
  const folders = readdirSync(root).filter(
    (name) => name.startsWith('.') && existsSync(join(root, name, 'cur')),
  )
  return new Map(
    ['', ...folders].map((folder) => [
      folder === '' ? 'INBOX' : folder.slice(1),
      readMailbox(join(root, folder)),
    ]),
  )
}

function readMailbox(folder: string): TreeMessage[] {
  const keywords = keywordsOf(folder)
  return ['cur', 'new'].flatMap((name) =>
    readdirSync(join(folder, name))
      .filter((file) => !file.startsWith('.') && statSync(join(folder, name, file)).isFile())
      .map((file) => readMessage(join(folder, name, file), file, keywords)),
  )
}

function readMessage(path: string, file: string, keywords: ReadonlyMap<string, string>): TreeMessage {
  const bytes = readFileSync(path)
  const header = bytes.toString('latin1').split(/\r?\n\r?\n/, 1)[0] ?? ''
  const field = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*(.*)`, 'im').exec(header)?.[1]?.trim() ?? ''
  const letters = /:2,([A-Za-z]*)/.exec(file)?.[1] ?? ''
  return {
    digest: createHash('sha256').update(bytes).digest('hex'),
    flags: [...letters]
      .map((letter) => keywords.get(letter) ?? letter)
      .sort()
      .join(' '),
    messageId: field('Message-ID'),
    subject: field('Subject'),
    standIn: field('X-Packetboat-Partial') !== '',
  }
}

function keywordsOf(folder: string): ReadonlyMap<string, string> {
  const path = join(folder, 'dovecot-keywords')
  if (!existsSync(path)) return new Map()
  const pairs = readFileSync(path, 'utf8').matchAll(/^(\d+) (\S+)$/gm)
  return new Map([...pairs].map(([, index, name]) => [String.fromCharCode(97 + Number(index)), name ?? '']))
}
