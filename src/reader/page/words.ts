/** What the page says, in each language it speaks. One table, so that no sentence is lacking in one of them. */
export interface Words {
  readonly unpaired: string
  readonly paired: (account: string) => string
}

const languages = {
  en: {
    unpaired: 'To pair this browser, open the link that your endpoint has made for it.',
    paired: (account) => `This browser is paired with the account ${account}.`,
  },
  de: {
    unpaired: 'Um diesen Browser zu koppeln, öffnen Sie den Link, den Ihr Endpunkt für ihn erstellt hat.',
    paired: (account) => `Dieser Browser ist mit dem Konto ${account} gekoppelt.`,
  },
} satisfies Record<string, Words>

type Language = keyof typeof languages

/** The first language that a person prefers and the page speaks, and its words; English if there is none. */
export function chooseWords(preferred: readonly string[]): { language: Language; words: Words } {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0] ?? ''
    if (speaks(language)) return { language, words: languages[language] }
  }
  return { language: 'en', words: languages.en }
}

const speaks = (language: string): language is Language => Object.hasOwn(languages, language)
