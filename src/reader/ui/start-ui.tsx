import { render } from 'preact'
import type { ReaderEvent, ReaderPort } from '../port.js'
import type { Language, Words } from '../words/words.js'
import { App, keysOffName } from './app.js'
import { followPlaces } from './model/follow-places.js'
import { formatsOf } from './model/formats.js'
import { ReaderModel } from './model/reader-model.js'

export interface UiOptions {
  readonly root: HTMLElement
  readonly language: Language
  readonly words: Words
  /** The token of the link that was opened. */
  readonly token: string | undefined
  /** Connects with what has the mail. */
  readonly openPort: (onEvent: (event: ReaderEvent) => void) => ReaderPort
}

/** Puts the reader on the page once the browser is paired. Throws what pairing it does. */
export async function startUi({ root, language, words, token, openPort }: UiOptions): Promise<void> {
  let model: ReaderModel | undefined
  const port = openPort((event) =>
    event.event === 'deleted' ? showDeleted(root, words) : model?.hear(event),
  )
  const known = token === undefined ? (await port.state()).account : undefined
  const account = known ?? (await port.pair(token))
  const newId = (): string => crypto.randomUUID().replaceAll('-', '')
  model = new ReaderModel({ port, words, formats: formatsOf(language, Date.now), newId })
  root.replaceChildren()
  render(<App model={model} />, root)
  if (token !== undefined) model.say(words.paired(account))
  await model.start()
  await followPlaces(model, window)
}

/** Nothing of the mail stays on the screen, in the title or in the address. */
function showDeleted(root: HTMLElement, words: Words): void {
  render(
    <main class="before">
      <h1>packetboat</h1>
      <p role="status">{words.deleted}</p>
    </main>,
    root,
  )
  document.title = 'packetboat'
  history.replaceState(null, '', location.pathname)
  localStorage.removeItem(keysOffName)
}
