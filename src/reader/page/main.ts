import { PacketboatError } from '../../errors/packetboat-error.js'
import { pairBrowser, tokenOf } from '../line/pair-browser.js'
import { chooseWords } from '../words/words.js'

/** The page that a link opens: it pairs the browser. What shows mail is to be loaded behind it. */
async function start(): Promise<void> {
  const { language, words } = chooseWords(navigator.languages)
  document.documentElement.lang = language
  const token = tokenOf(location.hash)
  if (token === undefined) return say(words.unpaired, language)
  // The link is used up by what follows: it has no place in the history.
  history.replaceState(null, '', location.pathname)
  const endpoint = new URL('..', location.href).href.replace(/\/$/, '')
  try {
    const { signal } = new AbortController()
    const account = await pairBrowser(token, { endpoint, fetch: fetch.bind(globalThis), signal })
    say(words.paired(account), language)
  } catch (error) {
    // Errors are in English, whatever the page speaks: a screen reader is to read them so.
    say(error instanceof PacketboatError ? `${error.message} ${error.next}` : String(error), 'en')
  }
}

function say(sentence: string, language: string): void {
  const place = document.querySelector<HTMLElement>('#said')
  if (!place) return
  place.lang = language
  place.textContent = sentence
}

void start()
