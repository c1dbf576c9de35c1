import { bytes, type Column, costs, crossing, estimates, of, trips, wall, wrong } from './columns.js'

/** A work as the report shows it. */
export interface Section {
  readonly work: string
  readonly title: string
  readonly text: string
  readonly columns: readonly Column[]
  /** What its plot shows; none without. */
  readonly chart?: {
    readonly figure: string
    readonly unit: 'B' | 's'
    readonly variant?: string
    readonly title: string
    readonly wanted?: number
  }
}

export const sections: readonly Section[] = [
  {
    work: 'first',
    title: 'First sync, complete',
    text: 'All mail, with all attachments. *List B* counts the bytes until the last message was listed. *Texts B* and *texts after* are the bytes and the time until every message had its first text. packetboat reports all three; the others fetch messages whole.',
    columns: [
      ...bytes,
      ...trips,
      wall,
      ...estimates,
      of('list B', 'exact', 'listBytes'),
      of('texts B', 'exact', 'textsBytes'),
      of('texts after', 'seconds', 'textsSeconds'),
      ...costs,
      wrong,
    ],
    chart: { figure: 'sum', unit: 'B', title: 'First sync of 1,000 messages, complete: bytes both ways' },
  },
  {
    work: 'null',
    title: 'Nothing changed',
    text: 'A new connection, a sync that finds no changes, and the end. The account has 11 mailboxes and 1,000 messages.',
    columns: [...crossing, of('packets', 'count', 'packets'), ...costs, wrong],
    chart: { figure: 'sum', unit: 'B', title: 'Nothing changed: bytes both ways', wanted: 2000 },
  },
  {
    work: 'null-large',
    title: 'Nothing changed, large account',
    text: 'The same with 200 mailboxes and 100,000 small messages.',
    columns: [...crossing, ...costs, wrong],
  },
  {
    work: 'delta-text',
    title: "A day's changes, text only",
    text: "On the server, two replies arrive, one message is flagged, one answered and one expunged. On the client, one is flagged, one answered, and a draft of 2 kB is written. Rows that name a line were run on it in real time: *first text* is when the first new text could be read in the client's Maildir.",
    columns: [
      ...crossing,
      of('first text', 'seconds', 'firstText'),
      of('all texts', 'seconds', 'allTexts'),
      ...costs,
      wrong,
    ],
    chart: { figure: 'sum', unit: 'B', title: "A day's changes, text only: bytes both ways", wanted: 4000 },
  },
  {
    work: 'delta',
    title: "A day's changes with an attachment",
    text: "The same, and a third new message with a PDF of 100 kB that can't be compressed.",
    columns: [
      ...crossing,
      of('first text', 'seconds', 'firstText'),
      of('all texts', 'seconds', 'allTexts'),
      ...costs,
      wrong,
    ],
    chart: {
      figure: 'firstText',
      unit: 's',
      variant: 'gsm9600',
      title: 'Changes with a 100 kB PDF at 9600 bit/s: until the first new text is readable',
      wanted: 5,
    },
  },
  {
    work: 'tasks',
    title: 'Ten everyday tasks on a satellite phone',
    text: "packetboat alone. Each task is a run with `--link iridium`, in real time, on a line of 2400 bit/s and 900 ms each way. The account's first sync was done elsewhere. Parts above 8 kB wait on such a link. The price is 1.20 USD a minute, in steps of 20 s, without dialling.",
    columns: [
      ...bytes,
      of('TCP payload B', 'exact', 'payload'),
      of('packets', 'count', 'packets'),
      of('time on iridium2400', 'seconds', 'seconds'),
      of('price USD', 'ratio', 'price'),
      wrong,
    ],
  },
  {
    work: 'replies',
    title: 'Replies in known threads',
    text: "Twenty text replies that quote mail which the client has, and the same twenty for a client that doesn't have it.",
    columns: [...bytes, ...trips, of('mail B', 'exact', 'mailBytes'), wall, ...costs, wrong],
    chart: {
      figure: 'down',
      unit: 'B',
      variant: 'known',
      title: 'Twenty replies in known threads: bytes down',
    },
  },
  {
    work: 'newsletters',
    title: 'Newsletters of known senders',
    text: 'Ten issues of made newsletters (HTML), from senders of whom the client has fifty earlier issues.',
    columns: [...bytes, ...trips, of('mail B', 'exact', 'mailBytes'), wall, ...costs, wrong],
    chart: { figure: 'down', unit: 'B', title: 'Ten newsletters of known senders: bytes down' },
  },
  {
    work: 'forward',
    title: 'A forwarded attachment',
    text: 'Both sides have a message with 400 kB. It is forwarded, with its base64 in lines of another width: once it is put into Sent on the client, once it arrives at the server. *More B* is what this costs beyond the same mail without the attachment.',
    columns: [
      ...bytes,
      of('without it B', 'exact', 'without'),
      of('more B', 'exact', 'more'),
      wall,
      ...costs,
      wrong,
    ],
  },
  {
    work: 'sending',
    title: 'Mail that is sent',
    text: 'packetboat alone. Answers of 1 kB to mail that both sides have are given to `packetboat sendmail`. One sync takes them to the endpoint; the next one learns that they were handed over, and what was filed in Sent. *Filed nowhere* and *filed here too* are the same mail from two equal accounts: one with `sent = "never"`, one where the mail program has put a copy into Sent. In the forward, a new mail has an attachment that waits at the endpoint. *More* and *told* are what these two syncs take beyond one that finds nothing. In frames, a copy in Sent costs 25 bytes if the mail program files it, and 15 if the endpoint does. Totals are compared by payload, because an acknowledgement of TCP takes 52 bytes, and there is one more whenever an answer takes long. *Of it all* is the payload of both syncs, in the best of three rounds. *Over node* is the processor time of `sendmail` beyond that of `node -e 0`, the mean of 15 alternating runs.',
    columns: [
      ...bytes,
      of('nothing new B', 'exact', 'nothing'),
      of('more B', 'exact', 'more'),
      of('of it up B', 'exact', 'moreUp'),
      of('told B', 'exact', 'told'),
      of('of it all B', 'exact', 'all'),
      of('mail B', 'exact', 'mailBytes'),
      of('over node ms', 'ratio', 'startMs'),
      wrong,
    ],
  },
  {
    work: 'window',
    title: 'A window of the account',
    text: 'packetboat alone, with mail of ten years: 100,000 small messages in 200 mailboxes. *90 days* is a first sync with that window, in real time at 9600 bit/s. Ten changes of the window follow, with one sync each. *First page* is when 50 messages were listed, the newest of INBOX first, in bytes of the answer.',
    columns: [
      ...bytes,
      of('first page B', 'exact', 'pageBytes'),
      of('first page', 'seconds', 'pageSeconds'),
      of('listed', 'count', 'listed'),
      of('list B', 'exact', 'listedBytes'),
      of('B a message', 'ratio', 'perMessage'),
      of('time', 'seconds', 'seconds'),
      ...costs,
      wrong,
    ],
  },
  {
    work: 'window-beside',
    title: 'A window of a large account, beside others',
    text: "Mail of ten years, small messages in 200 mailboxes, of which 90 days are kept: a first sync, and one when nothing has changed. (mbsync gets these days as `MaxMessages`, as many for each mailbox; offlineimap has `maxage`.) *First page* is when 50 messages were in the client's mail, in bytes of whole packets both ways. *Index* is what the endpoint takes once to read the account, before any client comes; what Dovecot takes for its indexes is in no row. *While it is read* is a first sync that begins with the endpoint's first look.",
    columns: [
      ...bytes,
      of('turns', 'count', 'turns'),
      of('first page B', 'exact', 'pageBytes'),
      of('first page', 'seconds', 'pageSeconds'),
      of('messages here', 'count', 'listed'),
      of('time', 'seconds', 'seconds'),
      ...estimates,
      ...costs,
      wrong,
    ],
  },
  {
    work: 'breaks',
    title: 'A line that breaks',
    text: 'A message with 400 kB at 9600 bit/s; the line is hung up every 30 s. *B* counts the bytes that arrived. packetboat alone: the others begin a message anew on every connection, and only 36 kB pass in 30 s.',
    columns: [
      of('clean B', 'exact', 'clean'),
      of('clean run', 'seconds', 'cleanSeconds'),
      of('with breaks B', 'exact', 'sum'),
      of('with breaks', 'seconds', 'seconds'),
      of('breaks', 'count', 'cuts'),
      of('connections', 'count', 'connections'),
      of('runs', 'count', 'runs'),
      of('ratio', 'ratio', 'ratio'),
      wrong,
    ],
  },
  {
    work: 'ham',
    title: 'Real text mail',
    text: 'The first sync of text mail that people wrote, in one mailbox.',
    columns: [...bytes, ...trips, wall, ...costs, wrong],
  },
  {
    work: 'gists',
    title: 'Gists of modern mail',
    text: 'The first sync of mail of 2012 and later with `attachments = "none"`, once with `gist = "never"` and once with `gist = "always"`. *Texts* is the place in the answer where every message has its first text, or a gist of it. Then everything can be read; skeletons, rare header fields and small parts still follow. *Sum* is the whole sync.',
    columns: [
      of('messages to read', 'count', 'textsCount'),
      of('answer B until the list', 'exact', 'listAnswer'),
      of('answer B until the texts', 'exact', 'textsAnswer'),
      ...bytes,
      wall,
      ...costs,
      wrong,
    ],
  },
  {
    work: 'scale',
    title: '10,000 messages',
    text: 'What an account of this size takes of both machines.',
    columns: [...bytes, of('time', 'seconds', 'seconds'), ...costs, wrong],
  },
  {
    work: 'attachment',
    title: 'An attachment of 200 MB',
    text: '`packetboat fetch --all` of an attachment that waited.',
    columns: [
      ...bytes,
      of('mail B', 'exact', 'mailBytes'),
      of('time', 'seconds', 'seconds'),
      ...costs,
      wrong,
    ],
  },
  {
    work: 'codecs',
    title: 'Codecs',
    text: 'Mail as text frames of 4 kB, in one process. MB/s are of mail, for each second of one core. *Longest step* is the longest that others wait, including the other work of the machine.',
    columns: [
      of('frames B', 'exact', 'sum'),
      of('of the mail', 'ratio', 'share'),
      of('written MB/s', 'ratio', 'writes'),
      of('read MB/s', 'ratio', 'reads'),
      of('longest step', 'hundredths', 'longest'),
    ],
  },
  {
    work: 'attacks',
    title: 'Attacks',
    text: 'What an attacker can make an endpoint spend (as its device, as the author of a mail, or as a stranger), or a client (as its endpoint): whole processes on loopback. *Sent* counts bytes of frames or of the mail, which were made beforehand. *Waited* is the longest sync without changes of another account meanwhile, *of it CPU* what the endpoint worked during that sync, *usual* the longest one just before. A *turn* is what the endpoint does before anyone else can make it do anything. *Busy* is the time until the victim rests, at most 30 s. *Bound* is the limit that holds it ([BOUNDS.md](BOUNDS.md)).',
    columns: [
      of('sent B', 'exact', 'sum'),
      of('CPU', 'seconds', 'cpu'),
      of('CPU µs a byte', 'ratio', 'cpuPerByte'),
      of('peak memory', 'bytes', 'peak'),
      of('more than before', 'bytes', 'more'),
      of('busy', 'seconds', 'seconds'),
      of('usual', 'hundredths', 'usual'),
      of('waited', 'hundredths', 'waited'),
      of('of it CPU', 'hundredths', 'waitedCpu'),
      of('longest turn, CPU', 'hundredths', 'turnCpu'),
      of('by the clock', 'hundredths', 'turn'),
      of('bound', 'text', 'bound'),
      of('ended', 'text', 'ended'),
      wrong,
    ],
  },
  {
    work: 'start',
    title: 'Until a command does anything',
    text: 'Processor time compared with that of `node -e 0` on the same Node: means of 40 alternating runs, with 100 messages over loopback. *Peak* is the highest of the null syncs. Other versions of Node are measured if `npm run test:nodes` has fetched them.',
    columns: [
      of('node -e 0', 'hundredths', 'nodeCpu'),
      of('--help', 'ratio', 'help'),
      of('--version', 'ratio', 'version'),
      of('status', 'ratio', 'status'),
      of('null sync', 'ratio', 'sync'),
      of('sendmail', 'ratio', 'sendmail'),
      of('peak', 'bytes', 'syncPeak'),
      wrong,
    ],
  },
  {
    work: 'reader',
    title: 'The reader in a browser',
    text: "The reader ([READER.md](READER.md)) in Debian's Chromium, without a window and with a profile on the disk, over loopback and without TLS: the account of the section on 10,000 messages, 3,000 of them in INBOX. The first text is that of a message that is opened as soon as the list is there. *Longest task* is what a page tells of tasks over 50 ms, 0 where it tells of none. The parts are on lines of their own, which a sync of 60 messages has measured before; the price is 1.20 USD a minute.",
    columns: [
      of('wanted at most', 'text', 'wanted'),
      of('measured', 'text', 'measured'),
      of('met', 'text', 'met'),
      of('note', 'text', 'note'),
      wrong,
    ],
  },
]
