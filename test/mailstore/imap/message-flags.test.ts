import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchFlags } from '../../../src/mailstore/imap/read/message-flags.js'
import type { ImapSession } from '../../../src/mailstore/imap/session/imap-session.js'

test('the flags of more messages than a call takes arguments come in order', async () => {
  const count = 200_000
  const session: Pick<ImapSession, 'offers' | 'fetch' | 'isDovecot'> = {
    isDovecot: false,
    offers: () => false,
    fetch: async (_uids, _items, take) => {
      for (let uid = count; uid > 0; uid--)
        take(uid, new Map([['FLAGS', [{ type: 'ATOM', value: '\\Seen' }]]]))
    },
  }
  const came = await fetchFlags(session as ImapSession, '1:*', String)
  assert.equal(came.length, count)
  assert.deepEqual(came[0], { locator: '1', uid: 1, flags: ['\\Seen'] })
})
