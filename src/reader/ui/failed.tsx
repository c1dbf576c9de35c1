import type { ReaderModel } from './model/reader-model.js'

/** What went wrong, and what to do. */
export function Failed({ model }: { readonly model: ReaderModel }) {
  const failure = model.failure.value
  return (
    <div role="alert">
      {failure && (
        <p class="failure">
          {/* Errors are in English, whatever the page speaks: a screen reader is to read them so. */}
          <span lang="en">
            {failure.message} {failure.next}
          </span>{' '}
          <button
            type="button"
            onClick={() => {
              model.failure.value = undefined
            }}
          >
            {model.words.close}
          </button>
        </p>
      )}
    </div>
  )
}
