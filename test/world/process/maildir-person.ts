import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { maildirFolder } from '../../../fixtures/write-maildir.js'

/** A file at its present path. Whatever moves or renames the file returns a new one. */
export interface MailFile {
  readonly mailbox: readonly string[]
  readonly folder: 'cur' | 'new'
  readonly name: string
}

export type Mailbox = readonly string[]

/** Does in a Maildir++ tree what people's mail programs do, file by file. Names are numbered, not random. */
export interface MaildirPerson {
  readonly root: string
  mailboxes(): string[]
  /** By file name; `new` after `cur`. */
  list(mailbox: Mailbox): MailFile[]
  read(mail: MailFile): Uint8Array
  /** The first one whose Subject field holds this text. Throws when there is none. */
  find(mailbox: Mailbox, subject: string): MailFile
  markSeen(mail: MailFile): MailFile
  flag(mail: MailFile): MailFile
  /** Letters as in `:2,LETTERS`, in any order. */
  setLetters(mail: MailFile, letters: string): MailFile
  /** As Dovecot keeps them: a letter by way of `dovecot-keywords`. */
  addKeyword(mail: MailFile, keyword: string): MailFile
  /** The file is gone. */
  remove(mail: MailFile): void
  /** As mutt does: another file under a new name there, then this one goes. */
  moveAsMutt(mail: MailFile, to: Mailbox): MailFile
  /** As mv does: the same name there. */
  moveAsMv(mail: MailFile, to: Mailbox): MailFile
  copy(mail: MailFile, to: Mailbox): MailFile
  /** New mail, through `tmp/` into `new/`. */
  deliver(mailbox: Mailbox, bytes: Uint8Array | string): MailFile
  saveDraft(bytes: Uint8Array | string): MailFile
  /** The next version of a draft is another file; the old one goes. */
  replaceDraft(draft: MailFile, bytes: Uint8Array | string): MailFile
  makeMailbox(mailbox: Mailbox): void
  /** With those below it. */
  renameMailbox(from: Mailbox, to: Mailbox): void
  /** With all its mail, as Dovecot and `rm -r` do. */
  deleteMailbox(mailbox: Mailbox): void
}

/** `host` keeps the file names of two people in one tree apart. */
export function maildirPerson(root: string, host = 'person'): MaildirPerson {
  let number = 0
  const folderOf = (mailbox: Mailbox): string => maildirFolder(root, mailbox)
  const pathOf = ({ mailbox, folder, name }: MailFile): string => join(folderOf(mailbox), folder, name)
  const newBase = (): string => `${1_800_000_000 + ++number}.P${process.pid}Q${number}.${host}`

  const rename = (mail: MailFile, next: MailFile): MailFile => {
    renameSync(pathOf(mail), pathOf(next))
    return next
  }
  const setLetters = (mail: MailFile, letters: string): MailFile => {
    const name = `${baseOf(mail.name)}:2,${[...new Set(letters)].sort().join('')}`
    return rename(mail, { ...mail, folder: 'cur', name })
  }
  const addLetter = (mail: MailFile, letter: string): MailFile =>
    setLetters(mail, lettersOf(mail.name) + letter)

  const write = (
    mailbox: Mailbox,
    folder: 'cur' | 'new',
    name: string,
    bytes: Uint8Array | string,
  ): MailFile => {
    const draft = join(folderOf(mailbox), 'tmp', baseOf(name))
    writeFileSync(draft, bytes)
    const mail = { mailbox, folder, name }
    renameSync(draft, pathOf(mail))
    return mail
  }
  const copy = (mail: MailFile, to: Mailbox): MailFile => {
    const made = write(
      to,
      'cur',
      `${newBase()}:2,${portable(lettersOf(mail.name))}`,
      readFileSync(pathOf(mail)),
    )
    const { atime, mtime } = statSync(pathOf(mail))
    utimesSync(pathOf(made), atime, mtime)
    return made
  }
  const list = (mailbox: Mailbox): MailFile[] =>
    (['cur', 'new'] as const).flatMap((folder) =>
      readdirSync(join(folderOf(mailbox), folder))
        .sort()
        .map((name) => ({ mailbox, folder, name })),
    )

  const makeMailbox = (mailbox: Mailbox): void => {
    for (const name of ['tmp', 'new', 'cur']) mkdirSync(join(folderOf(mailbox), name), { recursive: true })
    if (folderOf(mailbox) !== root) writeFileSync(join(folderOf(mailbox), 'maildirfolder'), '')
  }

  return {
    root,
    mailboxes: () =>
      readdirSync(root)
        .filter((name) => name.startsWith('.') && existsSync(join(root, name, 'cur')))
        .sort(),
    list,
    read: (mail) => new Uint8Array(readFileSync(pathOf(mail))),
    find: (mailbox, subject) => {
      const found = list(mailbox).find((mail) => subjectOf(readFileSync(pathOf(mail))).includes(subject))
      if (!found) throw new Error(`no mail with the subject "${subject}" in ${mailbox.join('/')}`)
      return found
    },
    markSeen: (mail) => addLetter(mail, 'S'),
    flag: (mail) => addLetter(mail, 'F'),
    setLetters,
    addKeyword: (mail, keyword) => addLetter(mail, keywordLetter(folderOf(mail.mailbox), keyword)),
    remove: (mail) => unlinkSync(pathOf(mail)),
    moveAsMutt: (mail, to) => {
      const moved = copy(mail, to)
      unlinkSync(pathOf(mail))
      return moved
    },
    moveAsMv: (mail, to) => rename(mail, { ...mail, mailbox: to }),
    copy,
    deliver: (mailbox, bytes) => write(mailbox, 'new', newBase(), bytes),
    saveDraft: (bytes) => write(['Drafts'], 'cur', `${newBase()}:2,DS`, bytes),
    replaceDraft: (draft, bytes) => {
      const next = write(draft.mailbox, 'cur', `${newBase()}:2,${lettersOf(draft.name)}`, bytes)
      unlinkSync(pathOf(draft))
      return next
    },
    makeMailbox,
    renameMailbox: (from, to) => {
      const [before, after] = [maildirFolder('', from), maildirFolder('', to)]
      for (const name of readdirSync(root))
        if (name === before || name.startsWith(`${before}.`))
          renameSync(join(root, name), join(root, after + name.slice(before.length)))
    },
    deleteMailbox: (mailbox) => {
      if (folderOf(mailbox) === root) throw new Error('nobody deletes INBOX')
      rmSync(folderOf(mailbox), { recursive: true })
    },
  }
}

const baseOf = (name: string): string => name.replace(/:2,.*$/, '')
const lettersOf = (name: string): string => /:2,(.*)$/.exec(name)?.[1] ?? ''

/** Keyword letters mean something else in another mailbox: programs leave them behind. */
const portable = (letters: string): string => letters.replace(/[a-z]/g, '')

function subjectOf(bytes: Uint8Array): string {
  const header =
    Buffer.from(bytes)
      .toString('latin1')
      .split(/\r?\n\r?\n/, 1)[0] ?? ''
  return /^Subject:[ \t]*(.*)/im.exec(header)?.[1] ?? ''
}

function keywordLetter(folder: string, keyword: string): string {
  const path = join(folder, 'dovecot-keywords')
  const lines = existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []
  const known = lines.find((line) => line.slice(line.indexOf(' ') + 1) === keyword)
  if (known) return String.fromCharCode(97 + Number.parseInt(known, 10))
  const index = Math.max(-1, ...lines.map((line) => Number.parseInt(line, 10))) + 1
  writeFileSync(`${path}.lock`, [...lines, `${index} ${keyword}`].map((line) => `${line}\n`).join(''))
  renameSync(`${path}.lock`, path)
  return String.fromCharCode(97 + index)
}
