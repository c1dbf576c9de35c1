import { framePage, frameSandbox } from '../../../src/reader/mail/frame-page.js'
import { trustedHtml } from '../../../src/reader/ui/message/trusted.js'
import { startUi } from '../../../src/reader/ui/start-ui.js'
import { chooseWords } from '../../../src/reader/words/words.js'
import { type MadeAccount, type StandIn, standIn } from './standing-in.js'

/** What a test finds in the page. */
export interface UiPage {
  account: MadeAccount
  standIn: StandIn
  /** Puts a page into the reader's frame as it came. */
  showRaw(html: string): void
  /** The same where pictures may be loaded. */
  showRawOpen(html: string): void
}

const page = globalThis as unknown as UiPage
page.showRaw = (html) => {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', frameSandbox)
  frame.setAttribute('srcdoc', trustedHtml(framePage(html)))
  document.body.append(frame)
}
page.showRawOpen = (html) => {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', frameSandbox)
  frame.setAttribute('src', 'frame.html')
  frame.addEventListener(
    'load',
    () => {
      if (frame.contentDocument) frame.contentDocument.body.innerHTML = html
    },
    { once: true },
  )
  document.body.append(frame)
}
const root = document.querySelector<HTMLElement>('#reader')
if (!root) throw new Error('The page has no place for the reader.')
void chooseWords(navigator.languages).then(({ language, words }) => {
  document.documentElement.lang = language
  return startUi({
    root,
    language,
    words,
    token: undefined,
    openPort: (onEvent) => {
      page.standIn = standIn(page.account, onEvent)
      return page.standIn.port
    },
  })
})
