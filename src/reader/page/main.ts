import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { tokenOf } from '../line/pair-browser.js'
import { startWorker } from '../start-worker.js'
import { startUi } from '../ui/start-ui.js'
import { chooseWords } from '../words/words.js'

/** What takes longer is said, ms. */
const patienceMs = 1500

/** The page: it pairs the browser when a link has led here, and shows the mail of one that is paired. */
async function start(): Promise<void> {
  const { language, words } = await chooseWords(navigator.languages)
  document.documentElement.lang = language
  const token = tokenOf(location.hash)
  // The link is used up by what follows: it has no place in the history.
  if (token !== undefined) history.replaceState(null, '', location.pathname)
  // A link that is opened in a tab that has the reader changes nothing but the fragment.
  addEventListener('hashchange', () => tokenOf(location.hash) !== undefined && location.reload())
  const root = document.querySelector<HTMLElement>('#reader')
  if (!root) return
  // Where all of it is here already, nobody is to read of that.
  const opening = setTimeout(() => say(words.opening, language), patienceMs)
  try {
    await startUi({ root, language, words, token, openPort: startWorker })
  } catch (error) {
    if (token === undefined && hasCode(error, 'AUTH')) return say(words.unpaired, language)
    // Errors are in English, whatever the page speaks: a screen reader is to read them so.
    say(error instanceof PacketboatError ? `${error.message} ${error.next}` : String(error), 'en')
  } finally {
    clearTimeout(opening)
  }
}

function say(sentence: string, language: string): void {
  const place = document.querySelector<HTMLElement>('#said')
  if (!place) return
  place.lang = language
  place.textContent = sentence
}

void start()
