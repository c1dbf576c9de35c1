import { PacketboatError } from '../../../errors/packetboat-error.js'
import { pathText } from '../../../replica/model.js'
import type { Database } from '../../../store/database.js'
import { type Asked, askQuestion, isOpen, listAsked, takeHits } from '../../../sync/search/asked-questions.js'
import { readQuestion } from '../../../sync/search/read-question.js'
import { searchMailbox } from '../../../sync/search/show-hits.js'
import { checkQuestion, questionState } from '../../../told/found-ashore.js'
import { counted, formatAgo, formatBytes } from '../../../told/sizes.js'
import { questionLimits } from '../../../wire/question-frame.js'
import type { Hits } from '../../../wire/response/hits-frame.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import { type HitRow, hitLines, hitRow } from '../../looking/hit-rows.js'
import { misspeltField } from '../../looking/misspelt-field.js'
import { type ClientSession, openClient } from '../../session/client-session.js'
import { chosenAccounts, forEachAccount, oneAccount } from '../../session/each-account.js'
import { rulesNow } from '../../sync-run/chosen-policy.js'
import { withWhich } from './fetch.js'

export interface AshoreOptions {
  readonly limit?: number
  readonly again?: boolean
  /** Which of the hits are to come: `1,3-5`, or `all`. */
  readonly take?: string
  /** The mailbox below "Search" that shows what was found. */
  readonly keep?: string
}

const usuallyShown = 20

/**
 * `packetboat search --ashore WORDS...`: asks the endpoint, with the next sync, for what isn't here; once it
 * has answered, shows what it found, or takes some of that. Without words, lists what was asked. Neither
 * waits for a running sync.
 */
export async function searchAshore(
  context: CommandContext,
  typed: string,
  options: AshoreOptions,
): Promise<number> {
  if (typed !== '') checkQuestion(typed)
  const slip = misspeltField(typed)
  if (slip !== undefined && options.take === undefined) context.output.warning(slip)
  // Each account has found something else.
  if (options.take !== undefined && options.take !== 'all') oneAccount(context)
  return forEachAccount(context, chosenAccounts(context), async (own) => {
    const session = await openClient(own, { beside: true })
    try {
      if (options.take !== undefined) await take(own, session, typed, options.take)
      else if (typed === '') await listQuestions(own, session)
      else await ask(own, session, typed, options)
      return exitCodes.done
    } finally {
      await session.close()
    }
  })
}

function checkKeep({ account: { mailStore } }: ClientSession, name: string): void {
  if (!mailStore.searches)
    throw new PacketboatError(
      'USAGE',
      "Only a Maildir can have a mailbox that shows what was found: this account's mail isn't in one.",
      'Ask without --keep, and take what you want with --take.',
    )
  if (!/^[\p{L}\p{N}][\p{L}\p{N} _-]{0,39}$/u.test(name))
    throw new PacketboatError(
      'USAGE',
      `"${name}" can't be the name of a mailbox here.`,
      'Use up to 40 letters, digits, spaces, "-" and "_", such as --keep dues.',
    )
}

async function ask(
  context: CommandContext,
  session: ClientSession,
  text: string,
  { limit = usuallyShown, again = false, keep }: AshoreOptions,
): Promise<void> {
  const { db, now } = session.account.replica
  const most = Math.min(limit, questionLimits.most)
  if (keep !== undefined) checkKeep(session, keep)
  const kept = keep === undefined ? {} : { keep }
  const asked = await askQuestion(db, { text, most, askedMs: now(), ...kept }, { again })
  const rows = await rowsOf(context, session, asked)
  const hits = asked.answer?.hits
  const count = hits && { total: hits.total, totalBytes: hits.totalBytes, left: hits.left }
  context.output.result(
    { event: 'search-ashore', question: text, state: questionState(asked), ...count, messages: rows },
    [
      ...(rows.length > 0 ? hitLines(rows, context.output.columns) : []),
      ...answerWords(asked, session, rows),
    ],
  )
}

function answerWords(asked: Asked, session: ClientSession, rows: readonly HitRow[]): string[] {
  const { answer } = asked
  const { keep } = asked.question
  const shown = keep === undefined ? [] : [`${pathText(searchMailbox(keep))} shows what was found.`]
  if (!answer)
    return [
      `The question goes up ${withWhich(session)}.`,
      ...(keep === undefined ? [] : [`${pathText(searchMailbox(keep))} will show what is found.`]),
    ]
  const { hits, atMs } = answer
  if (!hits) return ['The endpoint answers no questions: it has an earlier version of packetboat.']
  if (hits.isStrange)
    return ["The endpoint can't read this question. Perhaps it has an earlier version of packetboat."]
  const ago = formatAgo(session.account.replica.now() - atMs)
  const all = `${hits.isPartial ? 'At least ' : ''}${counted(hits.total, 'message')} (${formatBytes(hits.totalBytes)})`
  const some = rows.length < hits.total ? `, the newest ${rows.length} of which are listed` : ''
  const left =
    hits.left > 0
      ? `The endpoint still has ${counted(hits.left, 'message')} to read`
      : "The endpoint couldn't look at all of its mail"
  return [
    hits.total === 0 ? "The endpoint found nothing that isn't here." : `${all} found ashore ${ago}${some}.`,
    ...(answer.isShown ? shown : []),
    ...(isOpen(asked) ? [`${left}: the next sync asks again.`] : []),
    ...(rows.length > 0 && rows.length < hits.total ? olderWords(asked.question.text, hits) : []),
    ...(rows.some(({ is }) => is === 'ashore')
      ? ['--take 1,3 or --take all fetches them with the next sync.']
      : []),
    ...(rows.some(({ is }) => is === 'left out')
      ? ['"left out" are mailboxes that your setting "mailboxes" leaves out.']
      : []),
  ]
}

const dayMs = 86_400_000

/** How to ask for what is older than what is listed. Days are the least that a question can tell apart: some of the last one come again. */
function olderWords(text: string, { entries }: Hits): string[] {
  const oldestMs = Math.min(...entries.map(({ arrivedMs }) => arrivedMs))
  const beforeMs = (Math.floor(oldestMs / dayMs) + 1) * dayMs
  if (readQuestion(text).beforeMs > beforeMs)
    return [`Add before:${new Date(beforeMs).toISOString().slice(0, 10)} to ask for older ones.`]
  // All hits arrived on one day, so no earlier `before:` would help.
  return entries.length < questionLimits.most ? [`Add --limit ${questionLimits.most} to list more.`] : []
}

async function rowsOf(context: CommandContext, session: ClientSession, { answer }: Asked): Promise<HitRow[]> {
  const { db } = session.account.replica
  const entries = answer?.hits?.entries ?? []
  if (entries.length === 0) return []
  const { policy } = await rulesNow(context, session)
  const rows: HitRow[] = []
  for (const [at, hit] of entries.entries()) rows.push(await hitRow(db, hit, at, policy.select))
  return rows
}

async function listQuestions(context: CommandContext, session: ClientSession): Promise<void> {
  const all = await listAsked(session.account.replica.db)
  const questions = all.map((asked) => ({
    question: asked.question.text,
    state: questionState(asked),
    ...(asked.answer?.hits && { total: asked.answer.hits.total }),
  }))
  context.output.result(
    { event: 'questions', questions },
    questions.length === 0
      ? ['Nothing was asked of the endpoint. packetboat search --ashore WORDS asks.']
      : questions.map(
          ({ question, state, total }) =>
            `${question}: ${total === undefined ? state : counted(total, 'message')}`,
        ),
  )
}

async function take(
  context: CommandContext,
  session: ClientSession,
  typed: string,
  which: string,
): Promise<void> {
  const { db } = session.account.replica
  const asked = await questionOf(db, typed)
  const rows = asked ? await rowsOf(context, session, asked) : []
  const chosen = chooseHits(which, rows)
  const strange = chosen.filter(({ is }) => is === 'left out')
  const taken = chosen.filter(({ is }) => is === 'ashore')
  const entries = asked?.answer?.hits?.entries ?? []
  await takeHits(
    db,
    taken.flatMap(({ hit }) => entries[hit - 1] ?? []),
  )
  const bytes = taken.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const names = [...new Set(strange.map(({ mailbox = '?' }) => mailbox))].join(', ')
  context.output.result({ event: 'taken', messages: taken.length, bytes, leftOut: strange.length }, [
    taken.length === 0
      ? 'None of these is left to fetch.'
      : `${counted(taken.length, 'message')} (${formatBytes(bytes)}, as far as your rules fetch them) ${taken.length === 1 ? 'comes' : 'come'} ${withWhich(session)}.`,
    ...(strange.length > 0
      ? [
          `${counted(strange.length, 'message')} can't be fetched: your setting "mailboxes" leaves out ${names}.`,
        ]
      : []),
  ])
}

/** The question with these words; without words, the only question that has hits. Throws USAGE where several have. */
async function questionOf(db: Database, typed: string): Promise<Asked | undefined> {
  const all = await listAsked(db)
  if (typed !== '') return all.find(({ question }) => question.text === typed)
  const [only, ...others] = all.filter(({ answer }) => (answer?.hits?.entries.length ?? 0) > 0)
  if (others.length > 0)
    throw new PacketboatError(
      'USAGE',
      'Several questions were answered.',
      'Add the words of the one that you mean: packetboat search --ashore WORDS --take 1,3.',
    )
  return only
}

/** Throws USAGE on a number that isn't in the list. */
function chooseHits(which: string, rows: readonly HitRow[]): HitRow[] {
  if (which === 'all') return [...rows]
  const chosen = new Set<HitRow>()
  for (const range of which.split(',')) {
    const [, from = '', to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range.trim()) ?? []
    const some = rows.filter(({ hit }) => hit >= Number(from) && hit <= Number(to))
    if (from === '' || some.length === 0 || some.length <= Number(to) - Number(from))
      throw new PacketboatError(
        'USAGE',
        rows.length > 0 ? `There is no hit ${range.trim()}.` : 'There are no hits to take.',
        'packetboat search --ashore WORDS lists them; use --take 1,3-5 or --take all.',
      )
    for (const row of some) chosen.add(row)
  }
  return [...chosen]
}
