import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { compareTrees } from './compare-trees.js'
import { type MaildirPerson, maildirPerson } from './maildir-person.js'

const mail = makeMail({ seed: 9, messages: 60, attachments: { share: 0 } })
const letter = 'From: me@vester.example\nSubject: harbour fees\nMessage-ID: <1@vester.example>\n\nPaid.\n'

function twoTrees(t: TestContext): { left: MaildirPerson; right: MaildirPerson } {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-person-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const [left, right] = [join(root, 'left'), join(root, 'right')]
  for (const tree of [left, right]) writeMaildir(tree, mail)
  return { left: maildirPerson(left, 'left'), right: maildirPerson(right, 'right') }
}

test('equal trees are equal, whatever their file names and keyword letters', (t) => {
  const { left, right } = twoTrees(t)
  assert.deepEqual(compareTrees(left.root, right.root).differences, [])
  const other = letter.replace('harbour', 'berth')
  left.addKeyword(left.deliver(['INBOX'], letter), 'winter')
  left.addKeyword(left.deliver(['INBOX'], other), 'summer')
  right.addKeyword(right.deliver(['INBOX'], other), 'summer')
  right.addKeyword(right.deliver(['INBOX'], letter), 'winter')
  const result = compareTrees(left.root, right.root)
  assert.deepEqual(result.differences, [])
  assert.equal(result.messages, mail.length + 2)
})

const changes: readonly (readonly [what: string, change: (person: MaildirPerson) => void, says: RegExp])[] = [
  [
    'a message that is read',
    (person) => person.markSeen(person.find(['INBOX'], 'harbour fees')),
    /has flags none on the left, S on/,
  ],
  [
    'a flag',
    (person) => person.flag(person.find(['INBOX'], 'harbour fees')),
    /has flags none on the left, F/,
  ],
  [
    'a keyword',
    (person) => person.addKeyword(person.find(['INBOX'], 'harbour'), 'todo'),
    /none on the left, todo/,
  ],
  [
    'a message that is gone',
    (person) => person.remove(person.find(['INBOX'], 'harbour fees')),
    /INBOX: "harbour fees".* only on the left/,
  ],
  [
    'a new message',
    (person) => person.deliver(['Archive'], letter),
    /Archive: "harbour fees".* only on the right/,
  ],
  [
    'a copy',
    (person) => person.copy(person.find(['INBOX'], 'harbour fees'), ['Sent']),
    /Sent: .* only on the right/,
  ],
  [
    'a move',
    (person) => person.moveAsMv(person.find(['INBOX'], 'harbour fees'), ['Sent']),
    /Sent: .* only on the right/,
  ],
  [
    'a new mailbox',
    (person) => person.makeMailbox(['Trip', 'Élan']),
    /mailbox Trip\.&AMk-lan is only on the right/,
  ],
  ['a mailbox that is gone', (person) => person.deleteMailbox(['Sent']), /mailbox Sent is only on the left/],
]

for (const [what, change, says] of changes)
  test(`the comparison shows ${what}`, (t) => {
    const { left, right } = twoTrees(t)
    for (const person of [left, right]) person.deliver(['INBOX'], letter)
    change(right)
    const { equal, differences } = compareTrees(left.root, right.root)
    assert.equal(equal, false)
    assert.match(differences.join('\n'), says)
  })

test('a stand-in takes the place of its message only where that is allowed', (t) => {
  const { left, right } = twoTrees(t)
  left.markSeen(left.deliver(['INBOX'], letter))
  right.markSeen(right.deliver(['INBOX'], `X-Packetboat-Partial: v=1\n${letter}`))
  const result = compareTrees(left.root, right.root)
  assert.deepEqual([result.equal, result.equalButForStandIns, result.standIns], [false, true, 1])
  left.flag(left.find(['INBOX'], 'harbour fees'))
  assert.match(
    compareTrees(left.root, right.root).differences.join('\n'),
    /stand-in .* has flags F S on the left/,
  )
})

test('mutt gives a moved message a new name, mv keeps it', (t) => {
  const { right: person } = twoTrees(t)
  const first = person.markSeen(person.deliver(['INBOX'], letter))
  const second = person.moveAsMv(first, ['Archive'])
  assert.equal(second.name, first.name)
  const third = person.moveAsMutt(second, ['Sent'])
  assert.notEqual(third.name.split(':')[0], second.name.split(':')[0])
  assert.ok(third.name.endsWith(':2,S'))
  assert.equal(Buffer.from(person.read(third)).toString(), letter)
  assert.throws(() => person.find(['INBOX'], 'harbour fees'))
  assert.throws(() => person.find(['Archive'], 'harbour fees'))
})

test('a draft that is saved again is another file', (t) => {
  const { right: person } = twoTrees(t)
  const before = person.list(['Drafts']).length
  const draft = person.saveDraft(letter)
  const next = person.replaceDraft(draft, `${letter}More.\n`)
  assert.notEqual(next.name, draft.name)
  assert.ok(next.name.endsWith(':2,DS'))
  assert.equal(person.list(['Drafts']).length, before + 1)
})

test('a renamed mailbox takes those below it along', (t) => {
  const { right: person } = twoTrees(t)
  person.makeMailbox(['Lists', 'cruisers', '2024'])
  person.makeMailbox(['Listshare'])
  const held = person.list(['Lists', 'cruisers']).length
  person.renameMailbox(['Lists', 'cruisers'], ['Sailing'])
  assert.equal(person.list(['Sailing']).length, held)
  assert.ok(existsSync(join(person.root, '.Sailing.2024', 'cur')))
  assert.ok(existsSync(join(person.root, '.Listshare', 'cur')))
  assert.ok(!existsSync(join(person.root, '.Lists.cruisers')))
})

test('a keyword gets the next free letter and keeps it', (t) => {
  const { right: person } = twoTrees(t)
  person.makeMailbox(['Empty'])
  const one = person.addKeyword(person.deliver(['Empty'], letter), 'todo')
  const two = person.addKeyword(person.deliver(['Empty'], letter), '$label1')
  const three = person.addKeyword(person.deliver(['Empty'], letter), 'todo')
  assert.deepEqual(
    [one, two, three].map(({ name }) => name.split(':2,')[1]),
    ['a', 'b', 'a'],
  )
  assert.equal(readFileSync(join(person.root, '.Empty', 'dovecot-keywords'), 'utf8'), '0 todo\n1 $label1\n')
})
