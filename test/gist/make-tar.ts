export interface TarEntry {
  readonly name: string
  readonly bytes?: string | Buffer
  readonly type?: string
  /** Of the header, whatever there is. */
  readonly size?: number
}

/** A tar archive of these entries, as POSIX has it. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, bytes = '', type = '0', size }) => {
    const body = Buffer.from(bytes)
    const head = Buffer.alloc(512)
    head.write(name.slice(0, 100), 0)
    head.write('0000644\0', 100)
    head.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124)
    head.write('        ', 148)
    head.write(type, 156)
    head.write('ustar\x0000', 257)
    const sum = head.reduce((sum, byte) => sum + byte, 0)
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return [head, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}
