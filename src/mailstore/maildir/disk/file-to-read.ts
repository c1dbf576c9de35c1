import { closeSync, fstatSync, open, read, type Stats } from 'node:fs'
import { onDisk } from './disk-text.js'

/**
 * A file open for reading. To find it and to read from it may take a disk that sleeps a while, so another thread
 * does both. What the system holds of an open file it says at once, and it closes one at once: another thread
 * would take longer for these two than for the rest.
 */
export class FileToRead {
  readonly #fd: number
  #reading = 0
  #closed = false

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Throws what the disk does. */
  static open(path: string, flags: number): Promise<FileToRead> {
    return new Promise((done, fail) => {
      open(onDisk(path), flags, (error, fd) => {
        if (error) fail(error)
        else done(new FileToRead(fd))
      })
    })
  }

  stats(): Stats {
    this.#checkOpen()
    return fstatSync(this.#fd)
  }

  /** Reads up to `length` bytes into `bytes` from `at` on. Returns how many: 0 only at the end of the file. */
  read(bytes: Uint8Array, at: number, length: number, position: number): Promise<number> {
    return new Promise((done, fail) => {
      this.#checkOpen()
      this.#reading++
      read(this.#fd, bytes, at, length, position, (error, count) => {
        this.#reading--
        this.#closeWhenRead()
        if (error) fail(error)
        else done(count)
      })
    })
  }

  /** May be called twice. What is being read is still read. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#closeWhenRead()
  }

  /** Waits for the last read: the next file that the system opens gets this one's number. */
  #closeWhenRead(): void {
    if (this.#closed && this.#reading === 0) closeSync(this.#fd)
  }

  #checkOpen(): void {
    if (this.#closed) throw Object.assign(new Error('the file was closed'), { code: 'EBADF' })
  }
}
