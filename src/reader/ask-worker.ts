import { PacketboatError } from '../errors/packetboat-error.js'
import type { Call, Failure, FromWorker, ReaderEvent, ReaderPort } from './port.js'

/** The end of a worker, or of what stands in for one, that a page holds. */
export interface WorkerEnd {
  postMessage(message: Call): void
  onmessage: ((message: { readonly data: FromWorker }) => void) | null
  /** Called when the worker couldn't be loaded, or nobody caught an error in it. */
  onerror: ((error: { preventDefault(): void }) => void) | null
  terminate(): void
}

type Answered = { readonly resolve: (answer: unknown) => void; readonly reject: (error: unknown) => void }

const stopped =
  'The part of the reader that keeps the mail has stopped; what was saved is kept. It starts again with what you do next. If it stops once more, load the page again.'

/**
 * The port as a page calls it. A call that fails throws a PacketboatError, or an Error for a fault that
 * nobody has foreseen. A worker that has failed is ended, so that it no longer leads the tabs: calls in
 * progress fail, and the next call starts another worker.
 */
export function askWorker(start: () => WorkerEnd, onEvent: (event: ReaderEvent) => void): ReaderPort {
  const waiting = new Map<number, Answered>()
  let next = 1
  let running: WorkerEnd | undefined
  const startOne = (): WorkerEnd => {
    const worker = start()
    worker.onmessage = ({ data }) => {
      if ('event' in data) return onEvent(data)
      const asked = waiting.get(data.id)
      waiting.delete(data.id)
      if ('failure' in data) asked?.reject(errorOf(data.failure))
      else asked?.resolve(data.answer)
    }
    worker.onerror = (error) => {
      error.preventDefault()
      worker.onmessage = null
      worker.terminate()
      if (running === worker) running = undefined
      const failure = { message: stopped, next: '' }
      for (const { reject } of waiting.values()) reject(errorOf(failure))
      waiting.clear()
      onEvent({ event: 'failed', failure })
    }
    return worker
  }
  running = startOne()
  const call =
    (name: keyof ReaderPort) =>
    (...given: unknown[]): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const id = next++
        waiting.set(id, { resolve, reject })
        running ??= startOne()
        running.postMessage({ id, call: name, arguments: given } as Call)
      })
  return new Proxy({} as ReaderPort, {
    get: (_, name) => (name === 'then' ? undefined : call(name as keyof ReaderPort)),
  })
}

export function errorOf({ code, message, next }: Failure): Error {
  return code === undefined ? new Error(message) : new PacketboatError(code, message, next)
}

export function failureOf(error: unknown): Failure {
  if (error instanceof PacketboatError) return { code: error.code, message: error.message, next: error.next }
  return { message: error instanceof Error ? error.message : String(error), next: '' }
}
