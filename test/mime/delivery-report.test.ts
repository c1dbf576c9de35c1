import assert from 'node:assert/strict'
import { test } from 'node:test'
import PostalMime from 'postal-mime'
import { deliveryReport, type FailedDelivery } from '../../src/mime/delivery-report.js'

const failed: FailedDelivery = {
  to: 'ann@example.org',
  host: 'mail.example.org',
  nowMs: Date.UTC(2026, 10, 28, 20, 0, 5),
  arrivedMs: Date.UTC(2026, 10, 28, 19, 0, 0),
  messageId: 'r1@mail.example.org',
  envelopeId: 'e1',
  lost: [
    { recipient: 'bob@example.org', reply: '550 5.1.1 no such user' },
    { recipient: 'grüße@example.org', reply: '451 4.3.0 try later' },
    { recipient: 'eve@example.org', reply: 'the server was away' },
  ],
  header: new TextEncoder().encode('From: ann@example.org\r\nSubject: one\r\n\r\n'),
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

test('a report says to people and programs what failed, and of which message', async () => {
  const report = text(deliveryReport(failed))
  const { from, to, subject, text: words } = await PostalMime.parse(report)
  assert.equal(from?.address, 'MAILER-DAEMON@mail.example.org')
  assert.deepEqual(
    to?.map(({ address }) => address),
    ['ann@example.org'],
  )
  assert.equal(subject, 'Not delivered')
  for (const { recipient, reply } of failed.lost)
    assert.match(words ?? '', new RegExp(`  ${recipient}\\s+${reply}`))
  const status = report.split('message/delivery-status\r\n\r\n')[1]?.split('\r\n\r\n--')[0] ?? ''
  assert.deepEqual(status.split('\r\n\r\n'), [
    'Reporting-MTA: dns; mail.example.org\r\nOriginal-Envelope-Id: e1\r\nArrival-Date: Sat, 28 Nov 2026 19:00:00 +0000',
    'Final-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user',
    'Final-Recipient: utf-8; grüße@example.org\r\nAction: failed\r\nStatus: 5.3.0\r\nDiagnostic-Code: smtp; 451 4.3.0 try later',
    'Final-Recipient: rfc822; eve@example.org\r\nAction: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp; the server was away',
  ])
  assert.match(report, /text\/rfc822-headers\r\n\r\nFrom: ann@example\.org\r\nSubject: one\r\n\r\n\r\n--/)
})

test('its lines end as those of the header do, and are asked for by nobody again', () => {
  const header = new TextEncoder().encode('Subject: one\n\n')
  assert.doesNotMatch(text(deliveryReport({ ...failed, header })), /\r/)
  assert.match(text(deliveryReport(failed)), /^Auto-Submitted: auto-replied\r$/m)
  const report = text(deliveryReport({ ...failed, header: new Uint8Array() }))
  assert.equal(report.split('\r\n').length, report.split('\n').length)
})
