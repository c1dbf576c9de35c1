import { closeSync, fsync, futimesSync, open, write } from 'node:fs'
import { onDisk } from './disk-text.js'

/**
 * A new file, open for writing. Making, filling and settling it may wait for the disk, so another thread does
 * these three. The system sets an open file's time at once, and closes it at once (`FileToRead`). Each throws
 * what the disk does.
 */
export class FileToWrite {
  private constructor(private readonly fd: number) {}

  /** Only where nothing has this name, a link neither. */
  static make(path: string): Promise<FileToWrite> {
    return new Promise((done, fail) => {
      open(onDisk(path), 'wx', 0o600, (error, fd) => {
        if (error) fail(error)
        else done(new FileToWrite(fd))
      })
    })
  }

  /** Adds all of the bytes at the end. */
  async append(bytes: Uint8Array): Promise<void> {
    for (let left = bytes; left.length > 0; ) left = left.subarray(await this.appendSome(left))
  }

  private appendSome(bytes: Uint8Array): Promise<number> {
    return new Promise((done, fail) => {
      write(this.fd, bytes, 0, bytes.length, null, (error, count) => {
        if (error) fail(error)
        else done(count)
      })
    })
  }

  setTime(seconds: number): void {
    futimesSync(this.fd, seconds, seconds)
  }

  /** Waits until all of it would survive a power cut. */
  settle(): Promise<void> {
    return new Promise((done, fail) => {
      fsync(this.fd, (error) => {
        if (error) fail(error)
        else done()
      })
    })
  }

  /** Once, when nothing is being done with it any more. */
  close(): void {
    closeSync(this.fd)
  }
}
