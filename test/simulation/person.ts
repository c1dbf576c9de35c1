import { toFlags } from '../../src/replica/flags.js'
import { type MailboxPath, pathText } from '../../src/replica/model.js'
import { fetchKeyword } from '../../src/sync/adopt/fetch-keyword.js'
import type { Random } from '../world/random.js'
import type { Side } from '../world/side.js'
import { isUnseen } from './ailing.js'
import type { Fates } from './fates.js'
import { oddMail } from './sim-mail.js'

/** Serial numbers of mail, and who keeps account of it. */
export interface Witness {
  readonly fates: Fates
  /** Mail has something of which gists are made. */
  readonly gists: boolean
  serial: number
  note(line: string): void
}

/** A person does one thing in the mail store of a side. */
export function operate(side: Side, random: Random, witness: Witness): void {
  const { fates } = witness
  const { person } = side.mail
  const messages = [...side.mail.snapshot()].flatMap(([name, all]) =>
    all.map((message) => ({ path: name.split('/'), ...message })),
  )
  const paths: MailboxPath[] = [...side.mail.snapshot().keys()].map((name) => name.split('/'))
  const message = messages.length > 0 ? random.pick(messages) : undefined
  const to = random.pick(paths)
  const kind = random.next()
  const say = (what: string): void => witness.note(`${side.name}: ${what}`)
  if (kind < 0.3 || !message) deliver(side, to, random, witness)
  else if (kind < 0.55) {
    const picked = random.pick(['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '$Work'])
    // Without another roll, so that seeds stay what they were.
    const flag = picked === '$Work' && witness.serial % 2 === 1 ? fetchKeyword : picked
    const has = message.flags.includes(flag)
    const flags = toFlags(has ? message.flags.filter((name) => name !== flag) : [...message.flags, flag])
    person.setFlags(message.path, message.locator, flags)
    if (flag === '\\Flagged' || flag === '\\Deleted') fates.touch(message.bytes, side.name)
    say(`${has ? '-' : '+'}${flag} on ${message.locator} in ${message.path.join('/')}`)
  } else if (kind < 0.68) {
    person.remove(message.path, message.locator)
    fates.removed(message.bytes, side.name)
    say(`removes ${message.locator} from ${message.path.join('/')}`)
  } else if (kind < 0.82) {
    const name = person.move(message.path, message.locator, to)
    fates.touch(message.bytes, side.name)
    // Out of a window, it is known there only as a message that isn't there any more (docs/CONFLICTS.md, duplicate 16).
    if (isUnseen(side, pathText(message.path), message.locator))
      fates.touch(message.bytes, `${side.name}, out of sight`)
    say(`moves ${message.locator} from ${message.path.join('/')} to ${to.join('/')} as ${name}`)
  } else if (kind < 0.88) {
    const name = person.copy(message.path, message.locator, to)
    fates.made(message.bytes)
    fates.touch(message.bytes, side.name)
    say(`copies ${message.locator} from ${message.path.join('/')} to ${to.join('/')} as ${name}`)
  } else changeMailbox(side, paths, random, witness)
}

function changeMailbox(side: Side, paths: readonly MailboxPath[], random: Random, witness: Witness): void {
  const { person } = side.mail
  const fresh: MailboxPath = [
    random.pick(['Alpha', 'Beta', 'Gamma']),
    ...(random.next() < 0.3 ? ['Sub'] : []),
  ]
  const free = !paths.some((path) => path.join('/') === fresh.join('/'))
  // A rename takes those below along: nothing may stand where they go.
  const roomBelow = !paths.some((path) => path[0] === fresh[0])
  const other = random.pick(paths)
  const kind = random.next()
  const say = (what: string): void => witness.note(`${side.name}: ${what}`)
  if (kind < 0.5 && free) {
    person.createMailbox(fresh)
    say(`makes ${fresh.join('/')}`)
  } else if (kind < 0.75 && roomBelow && other.join('/') !== 'INBOX') {
    const { renamed } = witness.fates
    for (const path of paths)
      if (`${path.join('/')}/`.startsWith(`${other.join('/')}/`))
        renamed.add(path.join('/')).add([...fresh, ...path.slice(other.length)].join('/'))
    person.renameMailbox(other, fresh)
    say(`renames ${other.join('/')} to ${fresh.join('/')}`)
  } else if (other.join('/') !== 'INBOX') {
    for (const { bytes } of side.mail.snapshot().get(other.join('/')) ?? [])
      witness.fates.removed(bytes, side.name)
    person.deleteMailbox(other)
    say(`deletes ${other.join('/')}`)
  }
}

export function deliver(side: Side, path: MailboxPath, random: Random, witness: Witness): void {
  const serial = ++witness.serial
  const bytes = oddMail(random, serial, witness.gists)
  const name = side.mail.person.deliver(path, bytes, [], 1_600_000_000_000 + serial * 1000)
  witness.fates.made(bytes)
  witness.note(`${side.name}: delivers ${name} (#${serial}) into ${path.join('/')}`)
}
