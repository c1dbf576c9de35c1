import { deliver } from './maildir.js'

/** Small read mail in so many mailboxes: the oldest of each is ten years old, the newest of today. Returns how much. */
export function layOutTenYears(
  account: string,
  [mailboxes, each]: readonly [mailboxes: number, each: number],
): number {
  const now = Math.floor(Date.now() / 1000)
  const tenYears = 10 * 366 * 86_400
  for (let box = 0; box < mailboxes; box++)
    for (let i = 0; i < each; i++) {
      const [number, mailbox] = [box * each + i, box === 0 ? 'INBOX' : `Box.${box}`]
      const seconds = now - Math.floor((tenYears * (each - i - 1)) / each)
      const message = `From: a${i % 50}@example.org\nTo: u@example.org\nSubject: message ${number}\nMessage-ID: <${number}@window.example.org>\nDate: ${new Date(seconds * 1000).toUTCString()}\n\nThe text of message ${number}.\n`
      deliver(account, { mailbox, message, seconds, number, flags: 'S' })
    }
  return mailboxes * each
}
