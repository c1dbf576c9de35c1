import { askWorker, type WorkerEnd } from './ask-worker.js'
import { forgetFiles } from './kept-files.js'
import type { ReaderEvent, ReaderPort } from './port.js'

/** Browsers that have it let no script be named but through it, as the page's policy says. */
interface WithTrustedTypes {
  readonly trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createScriptURL(url: string): string },
    ): { createScriptURL(url: string): string }
  }
}

/** Starts the worker whose file the page names, and gives what can be asked of it. Lets the browser keep the page's files. */
export function startWorker(onEvent: (event: ReaderEvent) => void): ReaderPort {
  const name = document.documentElement.dataset['worker'] ?? ''
  const url = new URL(name, document.baseURI)
  // Ours alone: a name that leads elsewhere starts nothing.
  if (url.origin !== location.origin) throw new Error(`The worker ${url.href} is not of this page.`)
  const { trustedTypes } = globalThis as WithTrustedTypes
  const policy = trustedTypes?.createPolicy('packetboat', { createScriptURL: (script) => script })
  const keeper = new URL('service-worker.js', document.baseURI).href
  /** Once the worker is here: what can't be used yet would come over a slow line beside it. */
  const keepFiles = (): void => {
    isKeeping = true
    // Without it, the page needs a line to open; everything else works.
    navigator.serviceWorker?.register(policy?.createScriptURL(keeper) ?? keeper).catch(() => undefined)
  }
  let isKeeping = false
  const start = (): WorkerEnd =>
    new Worker(policy?.createScriptURL(url.href) ?? url.href, { type: 'module' }) as unknown as WorkerEnd
  let asked = false
  return askWorker(start, (event) => {
    if (!isKeeping) keepFiles()
    // Only pages may ask for it. Browsers agree more readily once somebody uses the page.
    if (event.event === 'state' && event.state.account !== undefined && !asked) {
      asked = true
      navigator.storage.persist().catch(() => undefined)
    }
    if (event.event === 'deleted') forgetFiles().catch(() => undefined)
    onEvent(event)
  })
}
