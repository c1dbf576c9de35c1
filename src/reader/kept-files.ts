/** Where a browser keeps the reader's files. Never change this name: it would leave them there for ever. */
export const cacheName = 'packetboat-reader'

/** Deletes the files of the reader, and what keeps them. */
export async function forgetFiles(): Promise<void> {
  await (await navigator.serviceWorker?.getRegistration())?.unregister()
  await caches.delete(cacheName)
}
