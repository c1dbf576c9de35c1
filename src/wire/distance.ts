import type { ByteReader, ByteWriter } from '../bytes/varint.js'
import { maxUid, protocolError, unzigzag, zigzag } from './values.js'

/** A UID beside a number: as a rule as far from it as the one before, which is written as a zero. */
export class Distance {
  private last = 0

  write(writer: ByteWriter, number: number, uid: number): void {
    writer.varint(zigzag(uid - number - this.last))
    this.last = uid - number
  }

  read(reader: ByteReader, number: number): number {
    this.last += unzigzag(reader.varint())
    const uid = number + this.last
    if (uid < 0 || uid > maxUid || !Number.isSafeInteger(uid)) throw protocolError('an invalid UID')
    return uid
  }
}
