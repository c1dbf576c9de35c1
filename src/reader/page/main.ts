import { PacketboatError } from '../../errors/packetboat-error.js'
import { pairBrowser, tokenOf } from '../line/pair-browser.js'

/** The page that a link opens: it pairs the browser. What shows mail is to be loaded behind it. */
async function start(): Promise<void> {
  const token = tokenOf(location.hash)
  if (token === undefined)
    return say('To pair this browser, open the link that your endpoint has made for it.')
  // The link is used up by what follows: it has no place in the history.
  history.replaceState(null, '', location.pathname)
  const endpoint = new URL('..', location.href).href.replace(/\/$/, '')
  try {
    const { signal } = new AbortController()
    const account = await pairBrowser(token, { endpoint, fetch: fetch.bind(globalThis), signal })
    say(`This browser is paired with the account ${account}.`)
  } catch (error) {
    say(error instanceof PacketboatError ? `${error.message} ${error.next}` : String(error))
  }
}

function say(words: string): void {
  const place = document.querySelector('#said')
  if (place) place.textContent = words
}

void start()
