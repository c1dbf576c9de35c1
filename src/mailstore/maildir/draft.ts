import { concat } from '../../bytes/concat.js'
import type { FileToWrite } from './disk/file-to-write.js'

/** Fills a new file in tmp/, on the disk for good, with the message's internal date as its time. Returns its size. Throws what the disk does. */
export async function writeDraft(
  file: FileToWrite,
  content: AsyncIterable<Uint8Array>,
  internalDateMs: number,
): Promise<number> {
  let size = 0
  try {
    for await (const run of inRuns(content)) {
      await file.append(run)
      size += run.length
    }
    file.setTime(internalDateMs / 1000)
    await file.settle()
  } finally {
    file.close()
  }
  return size
}

/** Small chunks go to the disk together. */
const runBytes = 65536

async function* inRuns(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size < runBytes) continue
    yield concat(waiting)
    waiting = []
    size = 0
  }
  if (size > 0) yield concat(waiting)
}
