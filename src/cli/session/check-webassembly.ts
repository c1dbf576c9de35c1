import { PacketboatError } from '../../errors/packetboat-error.js'

/**
 * Throws CONFIG when WebAssembly can't be used. HTTP needs it, and so does zstd where Node brings none. Up to
 * Node 22, each of its memories takes 10 GB of a process's address space (none of the machine's memory),
 * which a limit may forbid.
 */
export function checkWebAssembly(): void {
  try {
    new WebAssembly.Memory({ initial: 1 })
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      'A limit on the address space of processes leaves no room for WebAssembly.',
      'Set NODE_OPTIONS=--disable-wasm-trap-handler, use Node 24 or later, or raise the limit (ulimit -v).',
      { cause },
    )
  }
}
