import remarkGfm from 'remark-gfm'
import remarkLint from 'remark-lint'
import maximumLineLength from 'remark-lint-maximum-line-length'
import recommended from 'remark-preset-lint-recommended'
import remarkRetext from 'remark-retext'
import retextEnglish from 'retext-english'
import indefiniteArticle from 'retext-indefinite-article'
import repeatedWords from 'retext-repeated-words'
import { unified } from 'unified'
import { warnOfRiddles } from './scripts/words/warn-of-riddles.mjs'

const english = unified().use({ plugins: [retextEnglish, repeatedWords, indefiniteArticle] })

export default {
  plugins: [
    remarkGfm,
    remarkLint,
    recommended,
    // Tables and code may be longer.
    [maximumLineLength, { size: 100 }],
    [remarkRetext, english],
    warnOfRiddles,
  ],
}
