import { effect } from '@preact/signals'
import { type Place, placeText, readPlace } from './place.js'
import type { ReaderModel } from './reader-model.js'

/** The parts of a browser's window that are used. */
export interface Window {
  readonly location: { readonly hash: string }
  readonly history: Pick<History, 'back' | 'pushState' | 'replaceState' | 'state'>
  addEventListener(name: 'popstate', hear: () => void): void
}

/** Goes to the place that the address says, has the address say from then on where one is, and goes back when the browser does. */
export async function followPlaces(
  model: ReaderModel,
  { location, history, addEventListener }: Window,
): Promise<void> {
  /** Going takes a moment, in which nothing else is to be written. */
  let going = 0
  const go = async (): Promise<void> => {
    const place = readPlace(location.hash)
    if (!place) return
    going++
    await goTo(model, place)
    going--
    correct()
  }
  /** It may be there no more. */
  const correct = (): void => {
    const text = placeText(placeOf(model))
    if (going === 0 && text !== location.hash) history.replaceState(history.state, '', text)
  }
  const write = (): void => {
    const text = placeText(placeOf(model))
    if (going > 0 || text === location.hash) return
    const before = (history.state as { before?: string } | null)?.before
    if (before === text) {
      isGoingBack = true
      going++
      history.back()
    } else if (isBeside(text, location.hash)) history.replaceState(history.state, '', text)
    else history.pushState({ before: location.hash }, '', text)
  }
  let isGoingBack = false
  addEventListener('popstate', () => {
    if (!isGoingBack) return void go()
    isGoingBack = false
    going--
    write()
  })
  await go()
  correct()
  effect(write)
}

/** Another message of one list: whoever has read ten of them goes back to the list at once. */
function isBeside(text: string, other: string): boolean {
  const [one, two] = [readPlace(text), readPlace(other)]
  return (
    two === undefined ||
    (one?.message !== undefined &&
      two.message !== undefined &&
      placeText({ ...one, message: two.message }) === other)
  )
}

function placeOf({ pane, searched, mailbox, shown, draft }: ReaderModel): Place {
  return {
    pane: pane.value,
    ...(searched.value !== undefined && { searched: searched.value }),
    ...(mailbox.value !== undefined && { mailbox: mailbox.value }),
    ...(shown.value && { message: shown.value.guid }),
    isWriting: draft.value !== undefined,
  }
}

/** Goes to where somebody was before. What is there no more isn't shown. */
async function goTo(
  model: ReaderModel,
  { pane, searched, mailbox, message, isWriting }: Place,
): Promise<void> {
  const isThere =
    searched === model.searched.value && (searched !== undefined || mailbox === model.mailbox.value)
  if (!isWriting) model.draft.value = undefined
  if (!isThere && searched !== undefined) model.search(searched)
  else if (!isThere && model.mailboxes.value.some(({ guid }) => guid === mailbox)) model.choose(mailbox ?? '')
  if (message === undefined) model.closeMessage()
  else if (message !== model.shown.value?.guid) await openAgain(model, message)
  model.pane.value = pane === 'message' && !model.shown.value ? 'list' : pane
}

async function openAgain(model: ReaderModel, message: string): Promise<void> {
  const [rows, mailbox] = [model.rows.value, model.mailbox.value]
  const isListed = model.searched.value === undefined && mailbox !== undefined
  try {
    const at = isListed ? await model.port.position(mailbox, message) : undefined
    if (at !== undefined) await rows?.want(at, at + 1)
    const shown = await model.port.message(message)
    if (model.rows.value !== rows) return
    if (at !== undefined) model.activate(at)
    model.shown.value = shown
  } catch {
    // The message has gone or has another name: the list shows what there is.
    model.closeMessage()
  }
}
