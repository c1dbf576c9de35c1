import { PacketboatError } from '../../errors/packetboat-error.js'

/** Throws USAGE. */
export function checkDeviceName(name: string): void {
  const bad =
    name.length > 64 || !/^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M} ._@+-]*[\p{L}\p{N}\p{M}._+-])?$/u.test(name)
  if (bad || /^[0-9a-f]{16}$/.test(name)) {
    throw new PacketboatError(
      'USAGE',
      "A device can't have that name.",
      'Use up to 64 letters, digits, spaces and . _ @ + - that begin with a letter or digit, and not 16 hex digits: ids look like that.',
    )
  }
}
