import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Problem } from '../../settings/config.js'
import type { CommandContext } from '../command-context.js'
import { askToEditAgain, editorOf, runEditor } from '../editor.js'
import { withSettingsLocked } from '../settings/change-settings.js'
import { makePrivateDir, unwritable } from '../settings/data-dir.js'
import { newFile, readIfThere, type Side, writeText } from '../settings/open-config.js'
import { problemsOf } from './change-config.js'
import { type ConfigOptions, sideOf } from './config.js'

/**
 * `packetboat config edit`: opens a copy of the file in the person's editor and accepts it if nothing is
 * wrong with it. A faulty copy is offered for editing again, or stays beside the file for the next time.
 */
export async function editConfig(context: CommandContext, options: ConfigOptions): Promise<void> {
  const { env, output, signal } = context
  const side = sideOf(options)
  const path = context.locate(side)
  const editor = editorOf(context, 'packetboat config set KEY VALUE changes one setting.')
  const draft = `${path}.edit`
  const before = readIfThere(path)
  offerDraft(context, draft, path, before)
  for (;;) {
    await runEditor(editor, draft, env, 'Nothing was changed.')
    signal.throwIfAborted()
    const text = readDraft(draft)
    if (text === undefined || text === (before ?? newFile)) {
      rmSync(draft, { force: true })
      output.result({ event: 'edited', file: path, changed: false }, [`${path} stays as it was.`])
      return
    }
    const problems = fileProblems(context, side, text)
    if (problems.length === 0) {
      const take = (): void => {
        if (readIfThere(path) !== before)
          throw kept(
            draft,
            `${path} has changed while you edited it.`,
            `Compare it with ${draft}, then delete that.`,
          )
        writeText(path, text, { keepRights: true })
      }
      await withSettingsLocked(context, side, take, text)
      rmSync(draft, { force: true })
      output.result({ event: 'edited', file: path, changed: true }, [`${path} is changed.`])
      return
    }
    for (const { code, message, next } of problems)
      output.error(new PacketboatError(code, message.replaceAll(path, draft), next.replaceAll(path, draft)))
    if (await askToEditAgain(context, 'Edit it again? Type no to leave the settings as they were:')) continue
    throw kept(draft, `${path} stays as it was.`, 'packetboat config edit goes on with it.')
  }
}

/** What is there from an earlier time, or a copy of the file. */
function offerDraft(context: CommandContext, draft: string, path: string, before: string | undefined): void {
  if (existsSync(draft) && readFileSync(draft, 'utf8') !== (before ?? newFile)) {
    if (before !== undefined && statSync(path).mtimeMs > statSync(draft).mtimeMs)
      throw new PacketboatError(
        'CONFIG',
        `${draft} holds earlier changes that weren't taken, and ${path} has changed since.`,
        `Compare the two, then delete ${draft}.`,
      )
    context.output.warning(`${draft} holds earlier changes that weren't taken: go on with them.`)
  } else makeDraft(draft, path, before)
}

function kept(draft: string, what: string, next: string): PacketboatError {
  return new PacketboatError('CONFIG', `${what} Your changes are in ${draft}.`, next)
}

/** What the file itself has wrong, and not the environment. */
function fileProblems(context: CommandContext, side: Side, text: string): Problem[] {
  const others = new Set(problemsOf(context, side, '').map(({ message }) => message))
  return problemsOf(context, side, text).filter(({ message }) => !others.has(message))
}

function makeDraft(draft: string, path: string, before: string | undefined): void {
  makePrivateDir(dirname(path), 'The folder', 'Choose another file with -c FILE.')
  try {
    rmSync(draft, { force: true })
    if (before === undefined) writeFileSync(draft, newFile, { mode: 0o600, flag: 'wx' })
    else copyFileSync(path, draft, constants.COPYFILE_EXCL)
    chmodSync(draft, 0o600)
  } catch (cause) {
    throw unwritable(draft, cause, 'Choose another file with -c FILE.')
  }
}

/** Undefined where the editor has deleted the file. */
function readDraft(draft: string): string | undefined {
  if (!existsSync(draft)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(draft))
  } catch (cause) {
    throw new PacketboatError(
      'CONFIG',
      `${draft} isn't UTF-8. Nothing was changed.`,
      'Save it as UTF-8: packetboat config edit goes on with it.',
      { cause },
    )
  }
}
