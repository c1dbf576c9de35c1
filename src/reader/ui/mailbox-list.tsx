import type { ReaderModel } from './model/reader-model.js'

/** The mailboxes in the order in which they are synced, with what is unread in each. */
export function MailboxList({ model }: { readonly model: ReaderModel }) {
  const { words } = model
  const mailboxes = model.mailboxes.value
  if (mailboxes.length === 0) return <p class="empty">{words.noMailboxes}</p>
  const isSearch = model.searched.value !== undefined
  return (
    <ul class="mailboxes">
      {mailboxes.map(({ guid, path, messages, unseen, why }) => (
        <li key={guid}>
          <button
            type="button"
            title={words.whyHere[why]}
            aria-current={!isSearch && guid === model.mailbox.value ? 'true' : undefined}
            onClick={() => {
              model.said.value = ''
              model.choose(guid)
            }}
          >
            <bdi>{path.join('/')}</bdi>
            <span class="count">
              {unseen > 0 && <span class="unread">{words.unread(unseen)}, </span>}
              {messages}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
