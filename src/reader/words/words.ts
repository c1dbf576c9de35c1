import { german } from './german.js'

/** What the page says, in each language it speaks. One table for each, so that no sentence is lacking in one of them. */
export type Words = {
  readonly [Name in keyof typeof english]: (typeof english)[Name] extends string
    ? string
    : (typeof english)[Name]
}

const s = (count: number): string => (count === 1 ? '' : 's')

const english = {
  unpaired: 'To pair this browser, open the link that your endpoint has made for it.',
  paired: (account: string) => `This browser is paired with the account ${account}.`,
  mailboxes: 'Mailboxes',
  messages: 'Messages',
  message: 'Message',
  unread: (count: number) => `${count} unread`,
  whyHere: {
    priority: 'Synced early: the settings say so',
    inbox: 'Synced early: this is the inbox',
    'in use': 'Synced early: it was used here lately',
    name: 'Synced by name',
    last: 'Synced last',
  } as Readonly<Record<'priority' | 'inbox' | 'in use' | 'name' | 'last', string>>,
  noMailboxes: 'No mail is here yet. Sync brings it.',
  noMessages: 'No messages are here.',
  nothingFound: 'Nothing was found in what is here.',
  noSubject: '(no subject)',
  nobody: '(nobody)',
  loading: 'Loading',
  newMail: 'not read',
  flagged: 'important',
  answered: 'answered',
  draftMark: 'draft',
  missing: (size: string) => `${size} not here`,
  chooseMessage: 'Choose a message.',
  backToMailboxes: 'Mailboxes',
  backToList: 'List',
  from: 'From',
  to: 'To',
  cc: 'Cc',
  bcc: 'Bcc',
  others: (count: number) => `${count} other${s(count)}`,
  moreRecipients: 'There are more recipients than are named here.',
  notToAll: "It doesn't go to all: the message has more recipients than are known here.",
  date: 'Date',
  subject: 'Subject',
  text: 'Text',
  cut: 'There is more of this text: save the part to read all of it.',
  gist: 'This is only what the page says. It itself is not here.',
  noText: 'This message has no text that can be shown.',
  textMissing: 'Its text is not here yet.',
  quotedLines: (count: number) => `${count} quoted line${s(count)}`,
  parts: 'Parts',
  save: 'Save',
  get: 'Get',
  dontGet: "Don't get",
  isWanted: 'comes with the next sync',
  showPage: 'Show as page',
  showText: 'Show as text',
  pageTitle: 'The message as a page',
  remotePictures: (count: number) =>
    `${count} remote picture${s(count)}, not loaded: asking for ${count === 1 ? 'it' : 'them'} would say that you read this.`,
  unnamed: 'unnamed',
  reply: 'Reply',
  replyAll: 'Reply to all',
  forward: 'Forward',
  archive: 'Archive',
  noArchive: 'There is no mailbox for the archive.',
  remove: 'Delete',
  flag: 'Mark as important',
  unflag: 'Mark as not important',
  markUnread: 'Mark as unread',
  compose: 'Write',
  sync: 'Sync',
  stop: 'Stop',
  budget: 'At most, in kB',
  syncing: 'Syncing',
  meter: (up: string, down: string, rate: string) => `${up} up, ${down} down, ${rate}/s`,
  left: (time: string) => `${time} left`,
  neverSynced: 'Never synced',
  syncedAt: (when: string) => `Synced ${when}`,
  syncedWords: (bytes: string, listed: number) => `Synced with ${bytes}: ${listed} new message${s(listed)}.`,
  paused: 'The budget is used up; there is more.',
  unsent: (count: number) => `${count} unsent`,
  lost: 'The browser has deleted the mail that was here. A sync brings it again; nothing is lost at the endpoint.',
  follows: 'Another tab of this browser has the mail; this one asks it.',
  notKept: 'The browser may delete this mail when its disk is full.',
  wanted: 'Wanted parts',
  nothingWanted: 'No part is waiting.',
  wantedSum: (size: string, time: string) => (time === '' ? size : `${size}, ${time}`),
  search: 'Search',
  searchIn: 'Search in what is here',
  endSearch: 'End search',
  found: (count: number) => `${count} found`,
  help: 'Keys',
  close: 'Close',
  keysOn: 'Single keys do this',
  keyNames: {
    next: 'next message',
    previous: 'previous message',
    open: 'open',
    up: 'back',
    reply: 'reply',
    replyAll: 'reply to all',
    forward: 'forward',
    archive: 'archive',
    remove: 'delete',
    flag: 'important or not',
    compose: 'write',
    search: 'search',
    sync: 'sync',
    help: 'these keys',
  },
  newMessage: 'New message',
  send: 'Send',
  discard: 'Discard',
  attach: 'Attach files',
  takeOff: (name: string) => `Take off ${name}`,
  savedDraft: 'Draft saved',
  willBeSent: 'It goes with the next sync.',
  noRecipient: 'To whom? Fill in an address.',
  forwardedWhole: 'The message goes along as it stands, from the endpoint; it costs no bytes here.',
  wrote: (when: string, who: string) => `On ${when}, ${who} wrote:`,
}

const languages = { en: english, de: german } satisfies Record<string, Words>

export type Language = keyof typeof languages

/** The first language that a person prefers and the page speaks, and its words; English if there is none. */
export function chooseWords(preferred: readonly string[]): { language: Language; words: Words } {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    if (speaks(language)) return { language, words: languages[language] }
  }
  return { language: 'en', words: english }
}

const speaks = (language: string): language is Language => Object.hasOwn(languages, language)
