declare module 'yauzl' {
  import type { Readable } from 'node:stream'
  export interface Entry {
    readonly fileName: string
    readonly uncompressedSize: number
    readonly isEncrypted?: () => boolean
  }
  export interface ZipFile {
    readonly entryCount: number
    eachEntry(): AsyncIterable<Entry>
    openReadStreamPromise(entry: Entry): Promise<Readable>
  }
  export function fromBufferPromise(
    buffer: Buffer,
    options: { readonly lazyEntries: boolean; readonly validateEntrySizes?: boolean },
  ): Promise<ZipFile>
}
