import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode, PacketboatError } from '../../../src/errors/packetboat-error.js'
import { systemCode } from '../../../src/errors/system-code.js'
import { readError, writeError } from '../../../src/mailstore/maildir/disk/disk-errors.js'
import { problemOf } from '../../../src/replica/problems.js'
import { isOfOneItem } from '../../../src/sync/error-scope.js'

const fault = (code: string): Error => Object.assign(new Error(`${code}: open`), { code })

for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOTCONN', 'ETIMEDOUT', 'EHOSTDOWN', 'EHOSTUNREACH'])
  test(`${code} is the machine's fault: no device is told that a message can't be read`, () => {
    for (const error of [
      readError(fault(code), '/mail/cur/1', 'MESSAGE_UNREADABLE'),
      writeError(fault(code), '/mail/cur/1'),
    ]) {
      assert.ok(error instanceof PacketboatError && hasCode(error, 'MAILSTORE_AWAY'))
      assert.ok(!isOfOneItem(error))
      assert.match(error.message, new RegExp(`/mail/cur/1 .*${code}`))
      assert.match(error.next, /then sync again\.$/)
    }
  })

for (const code of ['EIO', 'EACCES', 'ELOOP', 'EISDIR'])
  test(`${code} is the fault of what is read: all else goes on`, () => {
    const error = readError(fault(code), '/mail/cur/1', 'MESSAGE_UNREADABLE')
    assert.ok(hasCode(error, 'MESSAGE_UNREADABLE') && isOfOneItem(error))
  })

for (const code of ['EIO', 'ENOTDIR', 'EISDIR', 'EINVAL', 'ESTALE', 'EFBIG'])
  test(`${code} while something is written is the disk's, and no fault in packetboat`, () => {
    const failed = Object.assign(fault(code), { errno: -5 })
    const { reason, next } = problemOf(writeError(failed, '/mail'), { mailbox: 'Work' })
    assert.match(reason, new RegExp(code))
    assert.equal(next, 'Look at that place and its disk, then sync again.')
  })

for (const [errno, name] of [
  [-122, 'EDQUOT'],
  [-116, 'ESTALE'],
  [-117, 'EUCLEAN'],
  [-74, 'EBADMSG'],
  [-9999, 'E9999'],
] as const)
  test(`${name}, for which Node has no name, is the fault of what is read or written, and of nothing else`, () => {
    const unknown = Object.assign(fault(`Unknown system error ${errno}`), { errno })
    assert.equal(systemCode(unknown), name)
    assert.ok(isOfOneItem(unknown))
    const read = readError(unknown, '/mail/cur/1', 'MESSAGE_UNREADABLE')
    assert.ok(hasCode(read, 'MESSAGE_UNREADABLE') && isOfOneItem(read))
    assert.match(String(read), new RegExp(`/mail/cur/1 can't be read \\(${name}\\)`))
    const written = writeError(unknown, '/mail')
    assert.equal(hasCode(written, 'DISK_FULL'), name === 'EDQUOT')
    assert.equal(systemCode(written) === name || name === 'EDQUOT', true)
  })

test("what is not the system's has no system code", () => {
  for (const error of [undefined, new Error('x'), fault('ERR_X'), Object.assign(new Error('x'), { code: 5 })])
    assert.equal(systemCode(error), undefined)
})
