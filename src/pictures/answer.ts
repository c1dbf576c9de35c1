/** What the process that makes pictures smaller writes: a line that is one of these words, and after `made` the picture. */
export const answers = ['made', 'small', 'format', 'animated', 'too-large', 'broken', 'no-library'] as const
export type Answer = (typeof answers)[number]

export function answerIn(
  output: Uint8Array,
): { readonly answer: Answer; readonly rest: Uint8Array } | undefined {
  const end = output.indexOf(10)
  const word = end < 0 ? '' : new TextDecoder().decode(output.subarray(0, Math.min(end, 100)))
  const answer = answers.find((each) => each === word)
  return answer && { answer, rest: output.subarray(end + 1) }
}
