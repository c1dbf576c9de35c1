import { percentDecoded } from '../../mail/percent-decoded.js'

/** Which of the panes a small screen shows. */
export const panes = ['mailboxes', 'list', 'message'] as const
export type Pane = (typeof panes)[number]

/** Where a person is in the reader: what the browser's own buttons go back to, and what is shown again when the page is loaded anew. */
export interface Place {
  readonly pane: Pane
  /** The words of a search; absent where a mailbox is shown. */
  readonly searched?: string
  readonly mailbox?: string
  readonly message?: string
  readonly isWriting: boolean
}

/** The place as a fragment, which never leaves the browser; empty while there is no mailbox. */
export function placeText({ pane, searched, mailbox, message, isWriting }: Place): string {
  if (searched === undefined && mailbox === undefined) return ''
  const list = searched === undefined ? ['in', mailbox ?? ''] : ['found', searched]
  const path = [pane, ...list, ...(message === undefined ? [] : [message])].map(encodeURIComponent)
  return `#/${path.join('/')}${isWriting ? '?write' : ''}`
}

/** Undefined where the fragment names no place. */
export function readPlace(fragment: string): Place | undefined {
  const [path = '', asked] = fragment.split('?')
  const [, pane, kind, list, message] = path.split('/').map((step) => percentDecoded(step) ?? '')
  const known = panes.find((each) => each === pane)
  if (!known || !list || !path.startsWith('#/')) return undefined
  return {
    pane: known,
    ...(kind === 'found' ? { searched: list } : { mailbox: list }),
    ...(message && { message }),
    isWriting: asked === 'write',
  }
}
