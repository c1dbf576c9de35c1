import type { ZstdEngine } from '../../wire/compression/zstd-engine.js'

/** What `node:zlib` has of zstd since 22.15, and of its options since 22.19 and 24.6. */
interface NodeZlib {
  readonly constants: Readonly<Record<'ZSTD_c_compressionLevel' | 'ZSTD_c_dictIDFlag', number>>
  zstdCompressSync(
    bytes: Uint8Array,
    options: { readonly dictionary: Uint8Array; readonly params: Readonly<Record<number, number>> },
  ): Uint8Array
  zstdDecompressSync(
    frame: Uint8Array,
    options: { readonly dictionary: Uint8Array; readonly maxOutputLength: number },
  ): Uint8Array
}

/** Its zstd (1.5.7) comes within 0.2 % of the packaged one's 9 with this, in less time; 11 takes eight times as long for 1 % less. */
const level = 10

/** Node's own zstd, where it takes dictionaries: it is there at once, where the package compiles for 20 ms and takes 16 MiB. */
export function nodeZstd(version = process.versions.node): ZstdEngine | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 19) || major === 23 || (major === 24 && minor < 6))
    return undefined
  const { constants, zstdCompressSync, zstdDecompressSync } = process.getBuiltinModule(
    'node:zlib',
  ) as unknown as NodeZlib
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_dictIDFlag]: 0 }
  return {
    compress: (bytes, dictionary) => plain(zstdCompressSync(bytes, { dictionary, params })),
    decompress: (frame, dictionary, size) =>
      plain(zstdDecompressSync(frame, { dictionary, maxOutputLength: size })),
  }
}

/** A Buffer's `slice` doesn't copy, which others rely on. */
const plain = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)
