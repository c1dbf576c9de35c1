import { Command } from 'commander'
import { nearestName } from '../settings/nearest-name.js'

export interface Example {
  readonly line: string
  readonly what: string
}

/** A command that knows its examples, for its help and for the manual. */
export class DocumentedCommand extends Command {
  readonly examples: Example[] = []

  override createCommand(name?: string): DocumentedCommand {
    return new DocumentedCommand(name)
  }

  /** A line that somebody may well type, and what it does in a few words. */
  example(line: string, what: string): this {
    if (this.examples.length === 0) this.addHelpText('after', () => this.#examplesText())
    this.examples.push({ line, what })
    return this
  }

  #examplesText(): string {
    const lines = this.examples.map(({ line, what }) => `  ${line}${what === '' ? '' : `   # ${what}`}`)
    return `\nExamples:\n${lines.join('\n')}`
  }
}

/** The commands below one, without commander's own `help`. */
export function subcommandsOf(command: Command): DocumentedCommand[] {
  return command.commands.filter((each) => each instanceof DocumentedCommand)
}

/** What is said of a word for which there is no command below this one. */
export function unknownWords(command: Command, word: string): string {
  const nearest = nearestName(
    word,
    subcommandsOf(command).map((each) => each.name()),
  )
  return `unknown command '${word}'${nearest === undefined ? '' : ` (Did you mean ${nearest}?)`}`
}
