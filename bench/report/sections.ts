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
    text: 'Everything, with all attachments. *List* is when the last message was listed, *texts* when the last first text was there (packetboat says so; the others bring messages whole).',
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
    text: 'A new connection, a sync that finds nothing, the end. 11 mailboxes, 1,000 messages.',
    columns: [...crossing, of('packets', 'count', 'packets'), ...costs, wrong],
    chart: { figure: 'sum', unit: 'B', title: 'Nothing changed: bytes both ways', wanted: 2000 },
  },
  {
    work: 'null-large',
    title: 'Nothing changed, large account',
    text: '200 mailboxes, 100,000 small messages.',
    columns: [...crossing, ...costs, wrong],
  },
  {
    work: 'delta-text',
    title: "A day's changes, text only",
    text: "On the server two replies arrive, one message is flagged, one answered, one expunged; on the client one is flagged, one answered, and a draft of 2 kB written. Rows with a line were run on it in real time: *first text* is when the first new text could be read in the client's Maildir.",
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
    text: 'The same and a third new message, with a PDF of 100 kB that nothing can compress.',
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
    text: "packetboat alone, each task a run with `--link iridium` on a line of 2400 bit/s and 900 ms each way, in real time, the account's first sync having been done elsewhere. Parts above 8 kB wait on such a link. The price is 1.20 USD a minute, in steps of 20 s; dialling is not in it.",
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
    text: "Twenty text replies that quote mail which the client holds, and the same twenty sent to a client that doesn't hold it.",
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
    text: 'Ten issues of made newsletters (HTML) of senders of whom fifty earlier issues are here.',
    columns: [...bytes, ...trips, of('mail B', 'exact', 'mailBytes'), wall, ...costs, wrong],
    chart: { figure: 'down', unit: 'B', title: 'Ten newsletters of known senders: bytes down' },
  },
  {
    work: 'forward',
    title: 'A forwarded attachment',
    text: 'A message with 400 kB that both sides hold is forwarded, its base64 in lines of another width: once put into Sent on the client, once arriving at the server. *More* is against the same mail without the attachment.',
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
    text: 'packetboat alone. Answers of 1 kB to mail that both sides hold are handed in to `packetboat sendmail`; a sync takes them ashore, the next one hears that they were handed over and what was filed in Sent. *Filed nowhere* and *filed here too* are the same mail, sent from two accounts alike: with `sent = "never"`, and with a copy that the mail program has put into Sent. In the forward, an attachment that waits at the endpoint is attached to a new mail. *More* and *told* are these two without what a sync takes that finds nothing. A copy in Sent, of the mail program or of the endpoint, costs some 30 bytes of payload, 16 of them for the name of its mailbox. What all of it comes to is compared by payload: an acknowledgement of TCP takes 52 bytes, and there is one more or less whenever an answer takes long. *Of it all* is payload of both syncs; of three rounds the one that took least counts. *Over node* is processor time of `sendmail` beyond that of `node -e 0`, the mean of 15 in turn.',
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
    text: 'packetboat alone: mail of ten years, 100,000 small messages in 200 mailboxes. *90 days* is a first sync with that window, at 9600 bit/s in real time; then ten changes of the window, one sync each. *First page* is when 50 messages were listed, the newest of INBOX first, in bytes of the answer.',
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
    text: "A first sync of mail of ten years in 200 mailboxes, small messages all of them, of which 90 days are kept (mbsync: `MaxMessages`, as many of each mailbox as are of these days; offlineimap: `maxage`), and one when nothing has changed. *First page* is when 50 messages lay in the client's mail, in bytes of whole packets both ways. *Index* is what the endpoint takes once to read the account, before any client comes; what Dovecot takes for its indexes is in no row. *While it is read* is a first sync that begins with the endpoint's first look.",
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
    text: 'A message with 400 kB at 9600 bit/s; the line is hung up every 30 s. Bytes are those that arrived. packetboat alone: the others begin a message again at every connection, and 36 kB pass in 30 s.',
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
    text: 'The first sync of text mail as people wrote it, in one mailbox.',
    columns: [...bytes, ...trips, wall, ...costs, wrong],
  },
  {
    work: 'gists',
    title: 'Gists of modern mail',
    text: 'The first sync of mail of 2012 and later, `attachments = "none"`, with `gist = "never"` and with `gist = "always"`. *Texts* is where in the answer the last first text, or what says what it says, has come: everything can be read then, and skeletons, rare header fields and small parts are still to come. *Sum* is all of the sync.',
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
    text: 'What it takes of the machines.',
    columns: [...bytes, of('time', 'seconds', 'seconds'), ...costs, wrong],
  },
  {
    work: 'attachment',
    title: 'An attachment of 200 MB',
    text: '`packetboat fetch --all` of one that waited.',
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
    text: 'Mail as text frames of 4 kB, in one process. MB/s are of mail, for each second of one core. *Longest step* is how long others wait at most, with what the machine does besides.',
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
    text: 'What somebody who means ill makes an endpoint spend (its device, the author of a mail, a stranger) or a client (its endpoint), whole processes on loopback. *Sent* are bytes of frames or of the mail, made beforehand. *Waited* is the longest sync without changes of another account beside it, *of it CPU* what the endpoint did meanwhile, *usual* the longest just before. A *turn* is what the endpoint does before anybody else can have it do anything. *Busy* is until the victim rests, at most 30 s. *Bound* is what of [BOUNDS.md](BOUNDS.md) holds it.',
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
    text: 'Processor time against that of `node -e 0` on the same Node, means of 40 runs in turn, with 100 messages over loopback; *peak* is the highest of the null syncs. Other versions of Node are measured where `npm run test:nodes` has fetched them.',
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
]
