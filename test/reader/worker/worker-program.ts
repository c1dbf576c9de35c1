import type { ReaderEvent, ReaderPort } from '../../../src/reader/port.js'
import { startWorker } from '../../../src/reader/start-worker.js'

/** What a test finds in a page that has started the reader's worker. */
export interface WorkerProgram {
  readonly port: ReaderPort
  readonly events: ReaderEvent[]
}

const events: ReaderEvent[] = []
const program: WorkerProgram = { port: startWorker((event) => events.push(event)), events }
Object.assign(globalThis, { program })
