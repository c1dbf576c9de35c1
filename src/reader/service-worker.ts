/**
 * Keeps the reader's files in the browser, so that its page opens without a line. Of another version it loads
 * only the files that have changed, since unchanged ones keep their names. Syncs don't pass through here.
 */
import { cacheName } from './kept-files.js'

/** Put in when it is built: the page first. */
declare const readerFiles: readonly string[]
/** Of those, the words of a language: a browser keeps those that it prefers. */
declare const languageFiles: Readonly<Record<string, string>>
/** The digest of the page, whose file has the same name in each version. */
declare const pageDigest: string

/** A service worker's event, which TypeScript's DOM types lack. */
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
const scope = globalThis as unknown as {
  readonly registration: { readonly scope: string }
  readonly clients: { claim(): Promise<void> }
  addEventListener(name: 'install' | 'activate', act: (event: ExtendableEvent) => void): void
  addEventListener(name: 'fetch', act: (event: FetchEvent) => void): void
}

const page = `${scope.registration.scope}?page=${pageDigest}`
const unwanted = Object.entries(languageFiles).flatMap(([language, name]) =>
  navigator.languages.some((tag) => tag.toLowerCase().split('-')[0] === language) ? [] : [name],
)
/** Each file: where it is kept, and from where it is loaded. */
const places = new Map(
  readerFiles
    .filter((name) => !unwanted.includes(name))
    .map((name, at) => {
      const url = new URL(name, scope.registration.scope).href
      return [at === 0 ? page : url, at === 0 ? scope.registration.scope : url]
    }),
)

async function load(): Promise<void> {
  const cache = await caches.open(cacheName)
  for (const [place, url] of places) {
    if (await cache.match(place, { ignoreVary: true })) continue
    const answer = await fetch(url, {
      cache: place === page ? 'reload' : 'default',
      credentials: 'same-origin',
    })
    if (!answer.ok || answer.redirected) throw new Error(`${url} could not be loaded: ${answer.status}`)
    await cache.put(place, answer)
  }
}

async function forgetOthers(): Promise<void> {
  const cache = await caches.open(cacheName)
  for (const { url } of await cache.keys()) if (!places.has(url)) await cache.delete(url)
  await scope.clients.claim()
}

async function answerFrom(place: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName)
  return (await cache.match(place, { ignoreVary: true })) ?? fetch(request)
}

scope.addEventListener('install', (event) => event.waitUntil(load()))
// Not before the last tab of the old version is closed: it loads its chunks when it needs them.
scope.addEventListener('activate', (event) => event.waitUntil(forgetOthers()))
scope.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET') return
  const [url = ''] = request.url.split(/[?#]/)
  const isPage = request.mode === 'navigate' && url === scope.registration.scope
  if (isPage) event.respondWith(answerFrom(page, request))
  else if (places.has(url)) event.respondWith(answerFrom(url, request))
})
