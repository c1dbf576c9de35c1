import type { ConflictKind, Settlement } from '../../replica/conflict.js'
import type { ProblemSide } from '../../replica/problem.js'
import type { HitRow, QuestionRow } from '../matters.js'

/** The words of the page, in one table for each language, so that no sentence is missing in one of them. */
export type Words = {
  readonly [Name in keyof typeof english]: (typeof english)[Name] extends string
    ? string
    : (typeof english)[Name]
}

const s = (count: number): string => (count === 1 ? '' : 's')

const english = {
  unpaired: 'To pair this browser, open the link that your endpoint has made for it.',
  opening: 'The reader is being loaded. On a slow line that takes minutes, but only the first time.',
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
    `${count} remote picture${s(count)}, not loaded. Loading ${count === 1 ? 'it' : 'them'} tells the sender that you read this, when, and from where. Nobody knows the size beforehand, and no budget counts it.`,
  loadPictures: 'Load pictures',
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
  budget: 'At most',
  syncing: 'Syncing',
  meter: (up: string, down: string, rate: string) => `${up} up, ${down} down, ${rate}/s`,
  left: (time: string) => `${time} left`,
  neverSynced: 'Never synced: Sync brings the mail.',
  syncedAt: (when: string) => `Synced ${when}`,
  syncedWords: (bytes: string, listed: number) => `Synced with ${bytes}: ${listed} new message${s(listed)}.`,
  stopped: 'Stopped. What has come is kept; the next sync goes on from there.',
  lineDown: 'There is no line; it is tried again.',
  paused: 'The budget is used up; there is more.',
  unsent: (count: number) => `${count} unsent change${s(count)}`,
  lost: 'The browser has deleted the mail that was here. A sync brings it again; nothing is lost at the endpoint.',
  revoked:
    'The endpoint takes no more mail from this browser, and gives it none: it is not paired, or was revoked. What is here can be read, or be deleted.',
  deleteHere: 'Delete the mail in this browser',
  deletionNote:
    'All messages, drafts and settings that are in this browser go, and so does the reader itself. What the endpoint has stays there.',
  unsentLost: (count: number) => `${count} unsent change${s(count)} will be lost.`,
  deleteAll: 'Delete all of it',
  deleted:
    'The mail in this browser is deleted. You can close this page. To read mail here again, open a new link from your endpoint.',
  follows: 'Another tab of this browser has the mail; this one asks it.',
  notKept: 'The browser may delete this mail when its disk is full.',
  wanted: 'Wanted parts',
  nothingWanted: 'No part is waiting.',
  notListed: 'This could not be listed.',
  alsoAshore: 'Ask the endpoint, too',
  budgetExample: '50 kB, 10 min',
  unknownBudget: 'At most what? Write a size, a time or an amount: 50 kB, 10 min, 2 EUR.',
  matters: 'Conflicts and problems',
  noMatters: 'There are no conflicts and no problems.',
  moreProblems: (count: number) => `${count} more problem${s(count)} at the endpoint.`,
  retry: 'Try all of them again',
  willRetry: 'The next sync tries them again.',
  conflicts: {
    kept: 'Expunged on one side, marked important or undeleted on the other: kept as a new message.',
    'moved-apart': 'Moved to two places: one is in each.',
    'moved-expunged': 'Moved on one side, expunged on the other: the moved one stays.',
    'drafts-apart': 'A draft was edited on both sides: both texts stay.',
    'mailbox-kept':
      'A mailbox was deleted that held more mail than was seen where that was done: it stays with the rest.',
    'mailbox-names': "A mailbox was renamed on both sides: the endpoint's name stands.",
    'mailbox-apart': 'Two mailboxes would have had one name: one has a number behind it.',
    'mailbox-merged': 'A mailbox of one name was made on both sides: one with both contents.',
    'stand-in-edited':
      'A message was edited while parts of it were deferred: the text beside the whole message.',
    'sent-again': 'The endpoint no longer had it: sent again.',
    'held-back': 'So many messages were gone that packetboat asks first.',
    recalled: 'Gone at the endpoint while this browser was away for too long: expunged here.',
    healed: 'One side had lost its memory: both were compared.',
    'in-doubt': 'The line broke before the mail server had answered, so a mail may have gone, or gone twice.',
  } as Readonly<Record<ConflictKind, string>>,
  versionHere: 'Here',
  versionThere: 'There',
  expunged: 'expunged',
  keep: {
    here: 'Keep the one here',
    there: 'Keep the one there',
    both: 'Keep both',
    done: 'Take it off this list',
  } as Readonly<Record<Settlement | 'done', string>>,
  problemSides: {
    read: "can't be read",
    write: "can't be written",
    upload: "can't be sent",
    spool: "can't be sent",
    upstream: 'at the endpoint',
  } as Readonly<Record<ProblemSide, string>>,
  ashore: 'Ashore',
  nothingAshore: 'Nothing is at the endpoint alone, as far as is known here.',
  countAshore: (count: number, size: string) => `${count} message${s(count)}, ${size}`,
  listAshore: 'Ask for a list',
  olderAshore: 'Ask for older ones',
  searchAshore: 'Search at the endpoint',
  ask: 'Ask',
  answers: {
    waits: 'Goes up with the next sync.',
    answered: 'Answered.',
    partly: 'Answered in part; the next sync asks again.',
    unknown: "The endpoint can't answer this question.",
  } as Readonly<Record<QuestionRow['state'], string>>,
  foundAshore: (count: number, size: string, isPartial: boolean) =>
    `${isPartial ? 'At least ' : ''}${count} message${s(count)}, ${size}.`,
  takeAll: (count: number) => `Get all ${count}`,
  hitIs: {
    here: 'here',
    comes: 'comes with the next sync',
    'left out': 'not synced',
  } as Readonly<Record<Exclude<HitRow['is'], 'ashore'>, string>>,
  terms: 'Line',
  price: 'What the line costs',
  keepDays: 'Messages of the last days (empty: all)',
  keepNote: 'Of older ones those come that are unread, important or drafts. What is here stays.',
  apply: 'Apply',
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
    first: 'first message',
    last: 'last message',
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

const languages = {
  en: async (): Promise<Words> => english,
  de: async (): Promise<Words> => (await import('./german.js')).german,
}

export type Language = keyof typeof languages

/**
 * The first language that a person prefers and the page speaks, and its words; English if there is none, or if its words can't be loaded: those of others
 * are in files of their own, which a browser that doesn't want them spares.
 */
export async function chooseWords(
  preferred: readonly string[],
): Promise<{ readonly language: Language; readonly words: Words }> {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    if (!speaks(language)) continue
    try {
      return { language, words: await languages[language]() }
    } catch {
      break
    }
  }
  return { language: 'en', words: english }
}

const speaks = (language: string): language is Language => Object.hasOwn(languages, language)
