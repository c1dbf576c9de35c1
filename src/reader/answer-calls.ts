import { failureOf } from './ask-worker.js'
import type { Answer, Call, ReaderPort } from './port.js'

/** Does what a page asks for, and says how that ended. The other end of `askWorker`. */
export async function answerCall(port: ReaderPort, { id, call, arguments: given }: Call): Promise<Answer> {
  try {
    // The page that asks may be of another version.
    if (!Object.hasOwn(port, call)) throw new Error(`This reader knows no ${call}. Close its other tabs.`)
    const act = port[call] as (...given: readonly unknown[]) => Promise<unknown>
    return { id, answer: await act(...given) }
  } catch (error) {
    return { id, failure: failureOf(error) }
  }
}
