import { startUi } from '../../../src/reader/ui/start-ui.js'
import { chooseWords } from '../../../src/reader/words/words.js'
import { type MadeAccount, type StandIn, standIn } from './standing-in.js'

/** What a test finds in the page. */
export interface UiPage {
  account: MadeAccount
  standIn: StandIn
}

const page = globalThis as unknown as UiPage
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
