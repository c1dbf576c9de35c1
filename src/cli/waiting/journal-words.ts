import { makesInbox, type Operation } from '../../replica/operation.js'
import { counted } from '../../told/sizes.js'

/** What people call what was done: by operation, one of it and more. Numbers of mail servers are nobody's doing. */
const nouns: Readonly<Record<Operation['op'], string | undefined>> = {
  append: 'new message',
  // Only on the line: here it is the append of a copy.
  filed: undefined,
  copy: 'copy',
  flags: 'flag change',
  expunge: 'deletion',
  recall: 'message to compare',
  'mailbox-create': 'new mailbox',
  'mailbox-rename': 'renamed mailbox',
  'mailbox-delete': 'deleted mailbox',
  'mailbox-subscribe': 'subscription',
  submit: 'outgoing mail',
  cancel: 'cancelled mail',
  renumber: undefined,
  'uid-next': undefined,
}

/** What waits to go up, as people say it: `1 new message, 3 moves`. */
export async function journalWords(
  entries: AsyncIterable<Operation> | Iterable<Operation>,
): Promise<string[]> {
  const counts = new Map<string, number>()
  const count = (noun: string | undefined, by: number): void => {
    if (noun !== undefined) counts.set(noun, (counts.get(noun) ?? 0) + by)
  }
  for await (const operation of entries) {
    if (makesInbox(operation)) continue
    const isMove = operation.op === 'expunge' && operation.movedTo !== undefined
    count(isMove ? 'move' : nouns[operation.op], 1)
    // The copy that a moved message has become stands in the journal too.
    if (isMove) count(nouns.copy, -1)
  }
  return [...counts]
    .filter(([, many]) => many > 0)
    .map(([noun, many]) => counted(many, noun).replace(/ys$/, 'ies').replace(/xs$/, 'xes'))
}
