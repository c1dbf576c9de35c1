declare module 'yauzl' {
  import type { Readable } from 'node:stream'
  export interface Entry {
    readonly fileName: string
    readonly fileNameRaw: Buffer
    readonly generalPurposeBitFlag: number
    readonly extraFields: readonly { readonly id: number; readonly data: Buffer }[]
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
    options: {
      readonly lazyEntries: boolean
      readonly validateEntrySizes?: boolean
      readonly decodeStrings?: boolean
    },
  ): Promise<ZipFile>
  export function getFileNameLowLevel(
    generalPurposeBitFlag: number,
    fileNameRaw: Buffer,
    extraFields: Entry['extraFields'],
    strictFileNames: boolean,
  ): string
}
