import { batch, computed, signal } from '@preact/signals'
import { samePath } from '../../../replica/model.js'
import { failureOf } from '../../ask-worker.js'
import type { Matters } from '../../matters.js'
import type {
  Draft,
  Failure,
  MailboxRow,
  Progress,
  ReaderEvent,
  ReaderPort,
  ReaderState,
  ShownMessage,
  SyncBudget,
  Synced,
  SyncTerms,
  WantedPart,
} from '../../port.js'
import type { Words } from '../../words/words.js'
import type { Formats } from './formats.js'
import type { Pane } from './place.js'
import { foundBy, Rows } from './rows.js'

/** Which of the windows above the page is open. */
export type DialogName = 'help' | 'tray' | 'matters' | 'ashore' | 'terms' | 'deletion'

export interface Surroundings {
  readonly port: ReaderPort
  readonly words: Words
  readonly formats: Formats
  /** Makes a draft's id of letters and digits. */
  readonly newId: () => string
}

const emptyDraft = { to: '', cc: '', bcc: '', subject: '', text: '', files: [] } as const

/** What the screen shows, and what it does when a person acts. It knows no screen: that follows its signals. */
export class ReaderModel {
  readonly state = signal<ReaderState | undefined>(undefined)
  readonly mailboxes = signal<readonly MailboxRow[]>([])
  readonly mailbox = signal<string | undefined>(undefined)
  /** The words of a search; undefined: the mailbox is shown. */
  readonly searched = signal<string | undefined>(undefined)
  readonly rows = signal<Rows | undefined>(undefined)
  /** The row that keys act on. */
  readonly active = signal(0)
  readonly shown = signal<ShownMessage | undefined>(undefined)
  readonly pane = signal<Pane>('mailboxes')
  readonly progress = signal<Progress | undefined>(undefined)
  readonly synced = signal<Synced | undefined>(undefined)
  readonly failure = signal<Failure | undefined>(undefined)
  readonly said = signal('')
  readonly wanted = signal<readonly WantedPart[]>([])
  readonly matters = signal<Matters>({ conflicts: [], problems: [], untold: 0 })
  readonly terms = signal<SyncTerms>({})
  readonly dialog = signal<DialogName | undefined>(undefined)
  readonly draft = signal<Draft | undefined>(undefined)
  readonly isSyncing = computed(() => this.progress.value !== undefined || this.state.value?.syncing === true)
  /** Rows to be seen: what is loaded again when something has changed. */
  seen: readonly [from: number, to: number] = [0, 50]
  /** A draft that left the screen and couldn't be saved. */
  unsaved: Draft | undefined
  private activeGuid: string | undefined
  private isOld = false
  private refreshing: Promise<void> | undefined

  constructor(private readonly around: Surroundings) {}

  get words(): Words {
    return this.around.words
  }

  get formats(): Formats {
    return this.around.formats
  }

  get port(): ReaderPort {
    return this.around.port
  }

  hear(event: Exclude<ReaderEvent, { event: 'deleted' }>): void {
    if (event.event === 'state') this.state.value = event.state
    else if (event.event === 'changed') void this.refresh()
    else if (event.event === 'progress') this.progress.value = event.progress
    else if (event.event === 'synced') this.endSync(event.synced)
    else
      batch(() => {
        this.progress.value = undefined
        this.showFailure(event.failure)
        // The tab that led may never have said that its sync ended.
        if (this.state.value) this.state.value = { ...this.state.value, syncing: false }
      })
  }

  /** Loads what is here, once the browser is paired. */
  async start(): Promise<void> {
    await this.attempt(async () => {
      this.state.value = await this.port.state()
    })
    await this.refresh()
  }

  /** Loads what is shown again after a change. Changes that come meanwhile make it load once more. */
  refresh(): Promise<void> {
    this.isOld = true
    this.refreshing ??= this.attempt(async () => {
      while (this.isOld) {
        this.isOld = false
        await this.showAnew()
      }
    }).finally(() => {
      this.refreshing = undefined
    })
    return this.refreshing
  }

  private async showAnew(): Promise<void> {
    const [mailboxes, wanted] = await Promise.all([this.port.mailboxes(), this.port.wanted()])
    const before = this.mailboxes.value.find(({ guid }) => guid === this.mailbox.value)?.path ?? ['INBOX']
    batch(() => {
      this.mailboxes.value = mailboxes
      this.wanted.value = wanted
    })
    if (!mailboxes.some(({ guid }) => guid === this.mailbox.value)) {
      // A mailbox that was here before the endpoint knew it keeps only its name.
      const again = mailboxes.find(({ path }) => samePath(path, before)) ?? mailboxes[0]
      if (again && this.searched.value === undefined) this.choose(again.guid, this.pane.value)
      else this.mailbox.value = again?.guid
    }
    await this.rows.value?.refresh(...this.seen)
    this.findActive()
    await this.showAgain()
    // A leading tab of an older version doesn't know these calls: the mail is shown all the same.
    this.matters.value = await this.port.matters()
    this.terms.value = await this.port.terms()
  }

  choose(mailbox: string, pane: Pane = 'list'): void {
    this.rows.value?.end()
    batch(() => {
      this.mailbox.value = mailbox
      this.searched.value = undefined
      this.pane.value = pane
      this.list((from, count) => this.port.list(mailbox, from, count))
    })
  }

  search(words: string): void {
    if (words.trim() === '') {
      this.endSearch()
      return
    }
    batch(() => {
      this.failure.value = undefined
      this.searched.value = words
      this.pane.value = 'list'
      this.list(foundBy(this.port, words))
    })
  }

  endSearch(): void {
    if (this.mailbox.value !== undefined) this.choose(this.mailbox.value)
    else this.searched.value = undefined
  }

  private list(load: ConstructorParameters<typeof Rows>[0]): void {
    this.rows.value?.end()
    const rows = new Rows(load, (error) => this.fail(error))
    this.rows.value = rows
    this.shown.value = undefined
    this.activeGuid = undefined
    this.active.value = 0
    this.seen = [0, 50]
    void rows.want(0, 50)
  }

  /** The row on which keys act is that of the same message, wherever that has come to stand. */
  private findActive(): void {
    const rows = this.rows.value
    const at = this.activeGuid === undefined ? undefined : rows?.indexOf(this.activeGuid)
    const last = Math.max(0, (rows?.total.value ?? 1) - 1)
    this.activate(at ?? Math.min(this.active.value, last))
  }

  activate(index: number): void {
    this.active.value = index
    this.activeGuid = this.rows.value?.at(index)?.guid
  }

  async go(by: number): Promise<void> {
    const total = this.rows.value?.total.value ?? 0
    const next = Math.min(Math.max(0, this.active.value + by), total - 1)
    if (next < 0 || next === this.active.value) return
    await this.rows.value?.want(next, next + 1)
    this.activate(next)
    if (this.shown.value) await this.open()
  }

  /** Shows the message of the active row; from then on it is read. */
  async open(index = this.active.value): Promise<void> {
    this.activate(index)
    const guid = this.activeGuid
    if (guid === undefined) return
    this.said.value = ''
    await this.attempt(async () => {
      const shown = await this.port.message(guid)
      if (this.activeGuid !== guid) return
      if (shown.draft) {
        this.draft.value = shown.draft
        return
      }
      batch(() => {
        // What was being written is saved as it leaves the screen.
        this.draft.value = undefined
        this.shown.value = shown
        this.pane.value = 'message'
      })
      if (!shown.flags.includes('\\Seen')) await this.port.mark([guid], { add: ['\\Seen'], remove: [] })
    })
  }

  private async showAgain(): Promise<void> {
    const guid = this.shown.value?.guid
    if (guid === undefined) return
    try {
      const shown = await this.port.message(guid)
      if (this.shown.value?.guid === guid) this.shown.value = shown
    } catch {
      // The message has gone, or was moved and has another name: the list shows what there is.
      if (this.shown.value?.guid === guid) this.closeMessage()
    }
  }

  closeMessage(): void {
    batch(() => {
      this.shown.value = undefined
      if (this.pane.value === 'message') this.pane.value = 'list'
    })
  }

  /** Out of what is open: a message, what was found, a mailbox. */
  up(): void {
    if (this.failure.value) this.failure.value = undefined
    else if (this.shown.value) this.closeMessage()
    else if (this.searched.value !== undefined) this.endSearch()
    else this.pane.value = 'mailboxes'
  }

  async sync(budget: SyncBudget = {}): Promise<void> {
    if (this.isSyncing.value) return
    batch(() => {
      this.failure.value = undefined
      this.synced.value = undefined
      this.progress.value = { up: 0, down: 0, rate: 0, listed: 0, texts: 0, contents: 0 }
    })
    try {
      this.endSync(await this.port.sync(budget))
    } catch (error) {
      this.fail(error)
    }
    this.progress.value = undefined
    this.state.value = await this.port.state()
  }

  private endSync(synced: Synced): void {
    batch(() => {
      this.progress.value = undefined
      this.synced.value = synced
    })
    void this.refresh()
  }

  write(draft: Partial<Omit<Draft, 'id'>> = {}): void {
    this.draft.value = { ...emptyDraft, ...draft, id: this.around.newId() }
  }

  say(sentence: string): void {
    // Said again it is a new sentence, for a screen reader too.
    this.said.value = this.said.value === sentence ? `${sentence}\u00a0` : sentence
  }

  fail(error: unknown): void {
    this.showFailure(failureOf(error))
  }

  /** What was stopped by the person hasn't failed. */
  private showFailure(failure: Failure): void {
    if (failure.code === 'INTERRUPTED') this.said.value = this.words.stopped
    else this.failure.value = failure
  }

  /** Does it, and says what went wrong. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.fail(error)
    }
  }
}
