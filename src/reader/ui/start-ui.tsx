import { render } from 'preact'
import type { ReaderEvent, ReaderPort } from '../port.js'
import type { Language, Words } from '../words/words.js'
import { App } from './app.js'
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
  const port = openPort((event) => model?.hear(event))
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
